import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openJobLog, type Place } from './job-log.js';

const dir = mkdtempSync(join(tmpdir(), 'farthing-job-log-'));
afterAll(() => rmSync(dir, { recursive: true }));
let serial = 0;
const fresh = (): string => join(dir, `log-${serial++}.jsonl`);

function open(path: string) {
  const found: [unknown, Place][] = [];
  const log = openJobLog(path, (value, place) => found.push([value, place]));
  return { ...log, found };
}

describe('a log', () => {
  it('gives back what was appended, by place and on opening, also longer than it reads at once', () => {
    const path = fresh();
    const values = [{ text: 'ä'.repeat(1_500_000) }, 7, null, { text: 'line\nbreak' }];
    const log = open(path);
    const places = values.map((value) => log.append(value));
    expect(places.map((place) => log.read(place))).toEqual(values);
    log.close();
    const again = open(path);
    expect(again.found).toEqual(values.map((value, at) => [value, places[at]]));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    again.close();
    expect(() => again.append(1)).toThrow(/expected .* to be open/);
  });

  it('is cut to its whole lines, wherever a killed process stopped writing, and goes on from there', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 }), fc.nat(), (values, cut) => {
        const path = fresh();
        const log = open(path);
        const ends = values.map((value) => {
          log.append(value);
          return statSync(path).size;
        });
        log.close();
        const length = cut % ((ends.at(-1) ?? 0) + 1);
        truncateSync(path, length);
        const whole = ends.filter((end) => end <= length).length;
        const again = open(path);
        again.append('next');
        again.close();
        const last = open(path);
        last.close();
        const same = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        expect(last.found.map(([value]) => value)).toEqual([...values.slice(0, whole).map(same), 'next']);
      }),
      { numRuns: 50 },
    );
  });

  it('tells of damage that no crash makes', () => {
    const path = fresh();
    const log = open(path);
    for (const value of ['one', 'two', 'three']) log.append(value);
    log.close();
    writeFileSync(path, readFileSync(path, 'utf8').replace('two', 'owt'));
    expect(() => open(path)).toThrow(/damaged line at byte 15/);
  });

  it('leaves out a last line that is whole and wrong, as a power cut leaves one', () => {
    const path = fresh();
    const log = open(path);
    log.append('one');
    log.close();
    appendFileSync(path, '00000000 "two"\n');
    const again = open(path);
    again.close();
    expect(again.found.map(([value]) => value)).toEqual(['one']);
  });
});
