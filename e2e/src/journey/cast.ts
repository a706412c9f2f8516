import type { Portal } from '../portal.ts'
import { logIn, type Login } from './import-to-screen.ts'

/** Access tokens of those who play beside the patient. */
export interface Cast {
  readonly desk: string
  readonly clinician: string
  /** Other patients: who tries what is none of their business, and who wants the same time. */
  readonly rivals: readonly [string, string]
}

export interface DemoLogins {
  readonly staff: readonly (Login & { readonly role: string })[]
  readonly patients: readonly Login[]
}

/** Logs in the people of the demo. @throws Error where the demo has too few */
export async function logInCast(portal: Portal, demo: DemoLogins): Promise<Cast> {
  const [one, two] = demo.patients
  const roleOf = (role: string): Login => {
    const found = demo.staff.find((member) => member.role === role)
    if (!found) throw new Error(`the demo has no ${role}`)
    return found
  }
  if (!one || !two) throw new Error('the demo has fewer than two patients: start without --no-demo')
  const token = async (login: Login): Promise<string> => (await logIn(portal, login)).accessToken
  return {
    desk: await token(roleOf('front-desk')),
    clinician: await token(roleOf('clinician')),
    rivals: [await token(one), await token(two)],
  }
}
