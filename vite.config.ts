/**
 * Builds the page in web/ into dist/. Everything but index.html and _headers lands hashed under /assets/, which is
 * served as immutable; the Worker answers every other path.
 */
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

export default defineConfig({
  root: 'web',
  logLevel: 'warn',
  plugins: [react(), tailwindcss(), themeBeforePaint()],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    sourcemap: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
