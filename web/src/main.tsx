/** The page's entry: reads its configuration and mounts. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { readConfig } from './config.ts'
import { Broken } from './shell/Broken.tsx'
import { NotConfigured } from './shell/NotConfigured.tsx'
import { Boundary } from './ui/Boundary.tsx'
import './styles.css'

const config = readConfig()
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <Boundary fallback={() => <BrokenWhole />}>
      {config.publishableKey ? <App config={config} /> : <NotConfigured />}
    </Boundary>
  </StrictMode>,
)

function BrokenWhole() {
  return (
    <main className="px-4 sm:px-6">
      <Broken />
    </main>
  )
}
