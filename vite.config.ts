/**
 * Builds the page in web/ into dist/. Everything but index.html and _headers lands hashed under /assets/, which is
 * served as immutable; the Worker answers every other path.
 */
import { readdir, readFile, rm } from 'node:fs/promises'
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
 * Writes only what is not there already, and clears what earlier builds left when the new files are in place. Whoever
 * serves or watches dist/ meanwhile, a `wrangler dev` or a test, never finds a file missing, and hears nothing of a build
 * that changes nothing.
 */
function writeChangesAlone(): Plugin {
  let outDir = ''
  let current = new Set<string>()
  return {
    name: 'write-changes-alone',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      outDir = path.resolve(config.root, config.build.outDir)
    },
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        current = new Set(Object.keys(bundle))
        for (const [name, file] of Object.entries(bundle)) {
          const written = await readFile(path.join(outDir, name)).catch(() => undefined)
          if (written?.equals(Buffer.from(file.type === 'chunk' ? file.code : file.source)))
            delete bundle[name]
        }
      },
    },
    async writeBundle() {
      const present = await readdir(outDir, { recursive: true, withFileTypes: true })
      const files = present
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
      const old = files.filter((file) => !current.has(path.relative(outDir, file).replaceAll(path.sep, '/')))
      await Promise.all(old.map((file) => rm(file, { force: true })))
    },
  }
}

/** Cloudflare's file of headers for what is served without the Worker. */
function headersFile(): Plugin {
  return {
    name: 'headers-file',
    apply: 'build',
    async buildStart() {
      const source = await readFile(path.join(import.meta.dirname, 'web/_headers'))
      this.emitFile({ type: 'asset', fileName: '_headers', source })
    },
  }
}

// Whoever starts the build, a test runner with an environment of its own among them: it is the one that is deployed.
process.env.NODE_ENV = 'production'

export default defineConfig({
  root: 'web',
  logLevel: 'warn',
  plugins: [react(), tailwindcss(), themeBeforePaint(), headersFile(), writeChangesAlone()],
  build: {
    outDir: '../dist',
    emptyOutDir: false,
    assetsDir: 'assets',
    copyPublicDir: false,
    sourcemap: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
