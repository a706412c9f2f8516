import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold, nameTokens } from './fold.ts'

/** Names as people have them: Latin with accents, Greek, Cyrillic. */
const european = fc.string({
  unit: fc.constantFrom(
    ...Array.from('aåäáàâãāăąbcçćčdďđeéèêëēėęěfgğhiíìîïīįjkķlłļmnñńňoóòôõöøōőpqrřsśšştťuúùûüūůűvwxyýzžźżßæœþð'),
  ),
  minLength: 1,
  maxLength: 20,
})
const anything = fc.string({ unit: 'binary', maxLength: 40 })

describe('fold', () => {
  it.each([
    ['Müller', 'muller'],
    ['MÜLLER', 'muller'],
    ['Mu\u0308ller', 'muller'],
    ['Strauß', 'strauss'],
    ['STRAUẞ', 'strauss'],
    ['Ørsted', 'orsted'],
    ['Łukasz Đorđević', 'lukasz dordevic'],
    ['Þórður', 'thordur'],
    ['Æsop', 'aesop'],
    ['İstanbul ışık', 'istanbul isik'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    ['Οδυσσεύς', 'οδυσσευσ'],
    ['Ｗａｎｇ', 'wang'],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['김철수', '김철수'],
  ])('%s is compared as %s', (name, folded) => {
    expect(fold(name)).toBe(folded)
  })

  it('keeps vowels of Indic scripts and voicing of kana apart: they make other names', () => {
    expect(fold('राम')).not.toBe(fold('रोम'))
    expect(fold('かく')).not.toBe(fold('がく'))
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })

  it('does not see case or composition', () => {
    fc.assert(
      fc.property(european, (name) => {
        expect(fold(name.toUpperCase())).toBe(fold(name))
        expect(fold(name.normalize('NFD'))).toBe(fold(name.normalize('NFC')))
      }),
    )
  })
})

describe('nameTokens', () => {
  it.each([
    [
      ['García Márquez', 'Gabriel José'],
      ['garcia', 'marquez', 'gabriel', 'jose'],
    ],
    [["O'Brien-Smith"], ['o', 'brien', 'smith']],
    [['de la Cruz y de la Fuente'], ['de', 'la', 'cruz', 'y', 'fuente']],
    [['Anna 🌸'], ['anna']],
    [['🌸 👩‍👩‍👧'], ['🌸', '👩‍👩‍👧']],
    [['محمد بن علي'], ['محمد', 'بن', 'علي']],
    [['राम'], ['राम']],
    [['Louis 14'], ['louis', '14']],
    [['  ', ''], []],
  ])('%j has the words %j', (texts, words) => {
    expect(nameTokens(texts)).toEqual(words)
  })

  it('gives each word once, whatever the order, case, accents or separators', () => {
    fc.assert(
      fc.property(fc.array(european, { minLength: 1, maxLength: 5 }), (names) => {
        const expected = new Set(nameTokens(names))
        expect(new Set(nameTokens([names.toReversed().join(' - ').toUpperCase()]))).toEqual(expected)
        expect(nameTokens([...names, ...names])).toHaveLength(expected.size)
      }),
    )
  })

  it('never fails and never gives an empty word', () => {
    fc.assert(
      fc.property(fc.array(anything), (texts) => {
        for (const word of nameTokens(texts)) expect(word).not.toBe('')
      }),
    )
  })

  it('takes a name of 10,000 characters', () => {
    expect(nameTokens(['é'.repeat(10_000)])).toEqual(['e'.repeat(10_000)])
  })
})
