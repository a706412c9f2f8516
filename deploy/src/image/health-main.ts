import process from 'node:process'

// The container's own probe: the image has neither a shell nor curl.
const port = process.env['WELLGATE_OPS_PORT'] ?? '9090'
const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
process.exit(answer?.ok ? 0 : 1)
