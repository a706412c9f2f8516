import { statement } from '@wellgate/shared/db/query'

/** A row of `patient`; the document is sealed. */
export interface PatientRow {
  readonly id: string
  readonly version: number
  readonly source: string
  readonly source_hash: string | null
  readonly locally_changed: boolean
  readonly document: Buffer
}

const COLUMNS = 'id, version, source, source_hash, locally_changed, document'

export const nextMrnNumber = statement<{ number: string }>('patient.next-mrn', `select nextval('mrn_number') as number`)

export const patientById = statement<PatientRow>('patient.by-id', `select ${COLUMNS} from patient where id = $1`)

export const patientForUpdate = statement<PatientRow>(
  'patient.for-update',
  `select ${COLUMNS} from patient where id = $1 for update`,
)

export const patientByMrn = statement<PatientRow>(
  'patient.by-mrn',
  `select ${COLUMNS} from patient where mrn_index = $1`,
)

/** $1 index values and $2 the reading each belongs to; all $3 words of one reading must hit. After $4, at most $5. */
export const patientsByWords = statement<PatientRow>(
  'patient.by-words',
  `select ${COLUMNS} from patient
    where id in (
      select t.patient_id
        from unnest($1::text[], $2::int[]) as w (token_index, reading)
        join patient_search_token t using (token_index)
       group by t.patient_id, w.reading
      having count(*) = $3::int)
      and ($4::uuid is null or id > $4)
    order by id
    limit $5`,
)

export const patientsAfter = statement<PatientRow>(
  'patient.after',
  `select ${COLUMNS} from patient where $1::uuid is null or id > $1 order by id limit $2`,
)

export const insertPatient = statement(
  'patient.insert',
  `with inserted as (
     insert into patient (id, version, mrn_index, source, source_hash, document) values ($1, 1, $2, $3, $4, $5) returning id),
   words as (
     insert into patient_search_token (token_index, patient_id) select unnest($6::text[]), id from inserted)
   insert into patient_identifier (patient_id, identifier_index, exclusive)
   select inserted.id, i.index, i.exclusive
     from inserted, unnest($7::text[], $8::boolean[]) as i (index, exclusive)`,
)

/** Moves version $2 to the history and puts the next one in its place; nothing where $2 is not the present version. */
export const updatePatient = statement<{ version: number }>(
  'patient.update',
  `with prior as (
     select * from patient where id = $1 and version = $2 for update),
   archived as (
     insert into patient_history
            (patient_id, version, mrn_index, source, source_hash, locally_changed, updated_at, document)
     select id, version, mrn_index, source, source_hash, locally_changed, updated_at, document from prior)
   update patient
      set version = patient.version + 1, source_hash = $3, locally_changed = $4, document = $5, updated_at = now()
     from prior
    where patient.id = prior.id and patient.version = $2
   returning patient.version`,
)

export const replaceWords = statement(
  'patient.replace-words',
  `with gone as (
     delete from patient_search_token where patient_id = $1 and token_index <> all ($2::text[]))
   insert into patient_search_token (token_index, patient_id) select unnest($2::text[]), $1
   on conflict do nothing`,
)

export const replaceIdentifiers = statement(
  'patient.replace-identifiers',
  `with gone as (
     delete from patient_identifier where patient_id = $1 and identifier_index <> all ($2::text[]))
   insert into patient_identifier (patient_id, identifier_index, exclusive)
   select $1, i.index, i.exclusive from unnest($2::text[], $3::boolean[]) as i (index, exclusive)
   on conflict (patient_id, identifier_index) do nothing`,
)
