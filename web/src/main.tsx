/** The page's entry: reads its configuration and mounts. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { readConfig } from './config.ts'
import { ErrorBoundary } from './shell/ErrorBoundary.tsx'
import { NotConfigured } from './shell/NotConfigured.tsx'
import './styles.css'

const config = readConfig()
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>{config.publishableKey ? <App config={config} /> : <NotConfigured />}</ErrorBoundary>
  </StrictMode>,
)
