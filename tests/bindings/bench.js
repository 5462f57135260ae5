// SPDX-License-Identifier: MIT
// What a call from Node.js costs: bench.js REPLIES, as bench.py. Skipped without koffi.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

try {
  require.resolve('koffi');
} catch {
  console.log('skipped: koffi is not installed (npm install koffi)');
  process.exit(77);
}
const koffi = require('koffi');
const smtperr = require(path.join(__dirname, '../../examples/bindings/node'));

const ROUNDS = 301; // so many that most run after V8 has compiled them
const RIVAL = /no such user|user unknown|unknown user|does not exist|mailbox full|over ?quota|greylist|too many|blocked|blacklist|spam|relay|authentication|try again|temporar/i;

const replies = fs.readFileSync(process.argv[2], 'latin1').split('\n').filter((line) => /^[45]/.test(line))
  .map((line) => Buffer.from(line.replaceAll('\\n', '\r\n') + '\r\n', 'latin1'));
const library = koffi.load(process.env.SMTPERR_LIBRARY);
const version = library.func('uint32_t smtperr_version_number(void)');
const evaluate = library.func('smtperr_evaluate', 'int32_t', ['void *', 'size_t', 'int32_t', 'void *', 'void *', 'void *', 'size_t']);
const context = Int32Array.from([36, 9, 0, 0, 0, 0, 0, 0, 0]);
const verdict = Buffer.alloc(160);

const jobs = {
  'RegExp, one test for 15 phrases, of a Buffer': (reply) => RIVAL.test(reply.toString('latin1')),
  'koffi, a call that does nothing (smtperr_version_number)': () => version(),
  'shouldRetryCode()': () => smtperr.shouldRetryCode(550, null, 'rcpt'),
  'shouldRetry()': (reply) => smtperr.shouldRetry(reply, 'rcpt'),
  'smtperr_evaluate() by koffi, the verdict left as bytes': (reply) => evaluate(reply, reply.length, 0, context, null, verdict, 160),
  'evaluate(), a whole verdict': (reply) => smtperr.evaluate(reply, 'rcpt'),
};
const times = Object.fromEntries(Object.keys(jobs).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, job] of Object.entries(jobs)) {
    const start = process.hrtime.bigint();
    for (const reply of replies) job(reply);
    times[name].push(Number(process.hrtime.bigint() - start) / replies.length);
  }
}
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
const rival = median(Object.values(times)[0]);
const size = replies.reduce((sum, reply) => sum + reply.length, 0) / replies.length;
console.log(`Node.js ${process.versions.node}, koffi ${koffi.version}, ${replies.length} refusals, ${size.toFixed(1)} bytes on average`);
for (const [name, each] of Object.entries(times)) {
  console.log(`  ${name.padEnd(58)} ${median(each).toFixed(0).padStart(8)} ns  ${(median(each) / rival).toFixed(2).padStart(6)}`);
}
