/**
 * Builds the page in web/ into dist/. Everything but index.html and _headers lands hashed under /assets/, which is
 * served as immutable; the Worker answers every other path.
 */
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/**
 * Puts the theme's script before the first paint. It has to be a classic, blocking script (a module is deferred, and
 * the page's policy allows nothing inline), which Vite does not bundle from index.html by itself.
 */
function themeBeforePaint(): Plugin {
  const source = '/src/theme/early.ts'
  return {
    name: 'theme-before-paint',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id: source, name: 'theme' })
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const chunk = Object.values(bundle).find((file) => file.type === 'chunk' && file.name === 'theme')
        if (!chunk) throw new Error(`${source} was not bundled`)
        return [{ tag: 'script', attrs: { src: `/${chunk.fileName}` }, injectTo: 'head-prepend' }]
      },
    },
  }
}

/**
 * Clears dist/assets of earlier builds after the new files are there, not before: whoever serves the folder meanwhile, a
 * `wrangler dev` or a test, never finds it empty.
 */
function clearAfterwards(): Plugin {
  return {
    name: 'clear-afterwards',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const written = new Set(Object.keys(bundle))
      const present = await readdir(path.join(dir, 'assets'))
      const old = present.map((name) => `assets/${name}`).filter((file) => !written.has(file))
      await Promise.all(old.map((file) => rm(path.join(dir, file), { force: true })))
    },
  }
}

export default defineConfig({
  root: 'web',
  logLevel: 'warn',
  plugins: [react(), tailwindcss(), themeBeforePaint(), clearAfterwards()],
  build: {
    outDir: '../dist',
    emptyOutDir: false,
    assetsDir: 'assets',
    sourcemap: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
