import { startStack } from '../src/stack.ts'
import { journeySuite } from './journey-suite.ts'

journeySuite('postgres', () => startStack())
