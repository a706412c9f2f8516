import { transportContract } from './contract.ts'
import { postgresBroker } from './postgres-broker.ts'

transportContract('postgres', postgresBroker)
