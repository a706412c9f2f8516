/** A page in plain words: what it is, facts about it, and rows of amounts. */
export interface Paper {
  readonly title: string
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly rows: readonly (readonly [what: string, amount: string])[]
  readonly totals: readonly (readonly [what: string, amount: string])[]
  readonly foot: string
}

const MARGIN = 56

/** Sets a paper as PDF, A4. The built-in font knows Latin-1 only: other letters are shown as `?`. */
export async function toPdf(paper: Paper, writtenAt: Date): Promise<Buffer> {
  // Loaded for the first paper: it would be a fifth of an idle service's memory.
  const { default: PDFDocument } = await import('pdfkit')
  const info = { Title: paper.title, Producer: 'Wellgate', Creator: 'Wellgate', CreationDate: writtenAt }
  const pdf = new PDFDocument({ size: 'A4', margin: MARGIN, info, lang: 'en' })
  const done = new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = []
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
  })
  const width = pdf.page.width - 2 * MARGIN
  const row = ([left, right]: readonly [string, string], font: string): void => {
    pdf.font(font).fontSize(10)
    if (pdf.y > pdf.page.height - 2 * MARGIN) pdf.addPage()
    const top = pdf.y
    pdf.text(latin(left), MARGIN, top, { width: width * 0.7 })
    const bottom = pdf.y
    pdf.text(latin(right), MARGIN, top, { width, align: 'right' })
    pdf.y = Math.max(bottom, pdf.y) + 4
  }
  pdf.font('Helvetica-Bold').fontSize(18).text(latin(paper.title)).moveDown()
  for (const fact of paper.facts) row(fact, 'Helvetica')
  pdf.moveDown()
  for (const each of paper.rows) row(each, 'Helvetica')
  pdf
    .moveDown(0.5)
    .moveTo(MARGIN, pdf.y)
    .lineTo(MARGIN + width, pdf.y)
    .stroke()
    .moveDown(0.5)
  for (const total of paper.totals) row(total, 'Helvetica-Bold')
  pdf.moveDown(2).font('Helvetica').fontSize(8).text(latin(paper.foot), MARGIN, pdf.y, { width })
  pdf.end()
  return done
}

const latin = (text: string): string => text.replace(/[^\u0020-\u007e\u00a0-\u00ff]/gu, '?')
