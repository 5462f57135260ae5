// SPDX-License-Identifier: MIT
// The Node binding through the table of cases, and what the table can't say. SMTPERR_LIBRARY names the library, NODE_PATH the folder
// that has koffi. Skipped without koffi.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

try {
  require.resolve('koffi');
} catch {
  console.log('skipped: koffi is not installed (npm install koffi)');
  process.exit(77);
}

const BINDINGS = path.join(__dirname, '../../examples/bindings');
const json = (name) => JSON.parse(fs.readFileSync(path.join(BINDINGS, name), 'utf8'));
const CASES = json('cases.json');
const ABOUT = json('smtperr.json');
const smtperr = require(path.join(BINDINGS, 'node'));
const koffi = require('koffi');

const bytes = (text) => Buffer.from(text, 'latin1');
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const camelKeys = (object) => Object.fromEntries(Object.entries(object).map(([name, given]) => [camel(name), given]));
const label = (given) => JSON.stringify(given).slice(0, 120);

/** Fields of an answer as the table writes them; a text must be what its bytes are. */
function plain(answer, wanted, reply) {
  return Object.fromEntries(Object.keys(wanted).map((field) => {
    const found = answer[camel(field)];
    const at = answer.spans[camel(field)];
    if (!at) return [field, found];
    const raw = reply.subarray(...at);
    assert.equal(found, raw.toString());
    return [field, raw.toString('latin1')];
  }));
}

function call(given) {
  const of = given.of || given;
  const reply = of.reply === undefined ? undefined : bytes(of.reply);
  const options = camelKeys({ ...given.context });
  if (given.shape && given.shape !== 'wire') options.shape = given.shape;
  if (given.policy) options.policy = camelKeys(given.policy);
  const asLatin1 = (text) => (text === null ? null : Buffer.from(text).toString('latin1'));
  switch (given.call) {
    case 'should_retry': return { result: smtperr.shouldRetry(reply, given.stage) };
    case 'action': return { result: smtperr.action(reply, given.stage) };
    case 'should_retry_code': return { result: smtperr.shouldRetryCode(given.code, given.enhanced, given.stage) };
    case 'evaluate': { const verdict = smtperr.evaluate(reply, options); return { result: verdict.status, verdict, reply }; }
    case 'evaluate_failure': {
      const verdict = smtperr.evaluateFailure(given.failure, options);
      return { result: verdict.status ?? 'none', verdict, reply: Buffer.alloc(0) };
    }
    case 'classify': { const verdict = smtperr.classify(reply, options); return { result: verdict.status, verdict, reply }; }
    case 'decide': {
      const evidence = { ...smtperr.classify(reply, of.stage), ...camelKeys(given.change) };
      return { result: 'none', verdict: smtperr.decide(evidence, options), reply };
    }
    case 'failure_from': return { result: smtperr.failureFrom(given.list, given.number) };
    case 'trace': return { result: smtperr.trace(reply, options).map((match) => plain(match, given.first, reply))[0] ?? null };
    case 'provider_of_host': return { result: smtperr.providerOfHost(bytes(given.host)) };
    case 'reply_line': return { result: asLatin1(smtperr.replyLine(reply, given.index)) };
    case 'reply_keyword': return { result: asLatin1(smtperr.replyKeyword(reply, bytes(given.keyword))) };
    case 'reply_queue_id': return { result: asLatin1(smtperr.replyQueueId(reply)) };
    case 'sanitize': return { result: asLatin1(smtperr.sanitize(reply)) };
    case 'enhanced_parse': return { result: smtperr.enhancedParse(bytes(given.text)) };
    case 'enhanced_format': return { result: smtperr.enhancedFormat(given.enhanced) };
    case 'explain': return { result: smtperr.explain(smtperr.evaluate(reply, of.stage), given.say) };
    case 'describe': return { result: smtperr.describe(given.kind, given.value, { stage: given.stage, say: given.say }) };
    case 'name': return { result: smtperr.name(given.kind, given.number) };
    case 'value': return { result: smtperr.value(given.kind, bytes(given.name)) };
    default: throw new Error('no call ' + given.call);
  }
}

test('calls', async (t) => {
  for (const given of CASES.calls) {
    await t.test(label(given), () => {
      if (given.gives === 'misuse') {
        assert.throws(() => call(given), { name: 'SmtperrError', code: 'ERR_SMTPERR_MISUSE' });
        return;
      }
      const { result, verdict, reply } = call(given);
      assert.deepEqual(result, given.first !== undefined ? given.first : given.gives);
      if (given.verdict) {
        assert.deepEqual(plain(verdict, given.verdict, reply), given.verdict);
        assert.equal(verdict.dataVersion, smtperr.dataVersion());
        assert.deepEqual(structuredClone(verdict), verdict); // plain data
      }
    });
  }
});

function feed(given, pieces) {
  const reader = new smtperr.Reader({ keep: given.keep });
  const replies = [];
  for (const line of given.lines || []) if (reader.feedLine(bytes(line)) === 'reply') replies.push(reader.reply);
  for (let piece of pieces) {
    while (piece.length > 0) {
      const { status, used } = reader.feed(piece);
      if (!['none', 'reply'].includes(status)) break;
      if (status === 'reply') replies.push(reader.reply);
      assert.equal(reader.pending === 0, status === 'reply');
      piece = piece.subarray(used);
    }
  }
  assert.deepEqual(replies.map((reply) => reply.toString('latin1')), given.replies);
  const { status } = reader.feed(Buffer.alloc(0)); // an error stays
  assert.equal(status !== 'none' ? status : reader.pending > 0 ? 'incomplete' : 'none', given.end);
  assert.deepEqual(plain(reader.evaluate(given.stage), given.verdict, reader.reply), given.verdict);
}

test('streams, split everywhere', async (t) => {
  for (const given of CASES.streams) {
    await t.test(label(given), () => {
      const data = bytes(given.bytes || '');
      feed(given, [data]);
      feed(given, Array.from(data, (_, i) => data.subarray(i, i + 1)));
      for (let at = 1; at < data.length; at++) feed(given, [data.subarray(0, at), data.subarray(at)]);
    });
  }
});

test('limits', async (t) => {
  const library = koffi.load(process.env.SMTPERR_LIBRARY);
  for (const given of CASES.limits) {
    await t.test(label(given), () => {
      const about = ABOUT.functions.find((one) => one.name === given.function);
      const raw = library.func(about.name, about.returns.type, about.parameters.map(({ type }) => (type.endsWith('*') ? 'void *' : type)));
      const values = given.arguments.map((one) => {
        if (typeof one === 'string') return bytes(one);
        if (one && one.room) return Buffer.alloc(one.room, 0xa5);
        return one && one.int32 ? Int32Array.from(one.int32) : one;
      });
      const result = raw(...values);
      if (given.at_least) assert.ok(Number(result) >= given.at_least);
      else assert.equal(typeof result === 'string' ? result : Number(result), given.gives);
      if (given.writes) {
        const [at, numbers] = given.writes;
        assert.deepEqual(Array.from(new Int32Array(values[at].buffer, values[at].byteOffset, numbers.length)), numbers);
      }
      if (given.text) assert.equal(values[given.text[0]].toString('latin1').split('\0')[0], given.text[1]);
      if (result === -1) {
        for (const [i, one] of given.arguments.entries()) if (one && one.room) assert.ok(values[i].every((byte) => byte === 0xa5));
      }
    });
  }
});

test('words', () => {
  for (const [kind, { kind: number, values }] of Object.entries(ABOUT.enums)) {
    if (number === null) continue;
    for (const value of values) {
      assert.equal(smtperr.name(kind, value.value), value.name);
      assert.equal(smtperr.value(kind, value.name), value.value);
    }
    const listed = smtperr.values(kind);
    if (kind === 'failure') assert.ok(listed.length > values.length);
    else assert.deepEqual(listed, values.map((value) => value.value).sort((a, b) => a - b));
  }
});

test('misuse has a code', () => {
  for (const wrong of [() => smtperr.evaluate('', 'rcptt'), () => smtperr.evaluate('', { shape: 'round' }),
    () => smtperr.evaluate('', { stag: 'rcpt' }), () => smtperr.evaluate('', { attempt: -1 }), () => smtperr.evaluate('', { attempt: 1.5 }),
    () => smtperr.evaluate('', { size: 3 }), () => smtperr.evaluate('', { provider: 'gogle' }), () => smtperr.evaluateFailure('EWHAT'),
    () => smtperr.evaluate('', { policy: { softBounce: 'laugh' } }), () => smtperr.evaluate('', { policy: { soft: 'bounce' } }),
    () => smtperr.shouldRetryCode(550, '5.x'), () => smtperr.shouldRetryCode(2 ** 40), () => new smtperr.Reader({ keep: -1 }),
    () => smtperr.replyLine('', -1), () => smtperr.name('knid', 1), () => smtperr.value('toString', 'a'), () => smtperr.value('__proto__', 'a'),
    () => smtperr.explain(smtperr.evaluate('250 a'), 'toString'), () => smtperr.decide({ ...smtperr.classify('250 a'), code: 2 ** 31 })]) {
    assert.throws(wrong, { name: 'SmtperrError', code: 'ERR_SMTPERR_MISUSE' }, String(wrong));
  }
  for (const wrong of [() => smtperr.evaluate(), () => smtperr.evaluate(550), () => smtperr.evaluate('', null), () => smtperr.evaluate('', 5),
    () => smtperr.evaluate('', { lmtp: 1 }), () => smtperr.evaluate('', { attempt: '1' }), () => smtperr.evaluate('', { stage: 9 }),
    () => smtperr.decide('550 no'), () => smtperr.explain(null), () => smtperr.shouldRetryCode('550'), () => smtperr.evaluateFailure(4)]) {
    assert.throws(wrong, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }, String(wrong));
  }
});

test('replies as string, Buffer and Uint8Array', () => {
  const text = '550 5.1.1 Bénédicte: no such user\r\n';
  const wanted = smtperr.evaluate(Buffer.from(text), 'rcpt');
  assert.equal(wanted.text, 'Bénédicte: no such user');
  assert.deepEqual(smtperr.evaluate(text, { stage: 'rcpt' }), wanted);
  const padded = new Uint8Array([0, 0, ...Buffer.from(text), 0]); // a view that does not begin its buffer
  assert.deepEqual(smtperr.evaluate(padded.subarray(2, -1), 'rcpt'), wanted);
});

test('a reader yields each reply, and says when the stream is broken', () => {
  const reader = new smtperr.Reader();
  assert.deepEqual([...reader.replies('220 a\r\n250-b\r\n250 c\r\n25')].map(String), ['220 a\r\n', '250-b\r\n250 c\r\n']);
  assert.equal(reader.pending, 2);
  assert.deepEqual([...reader.replies('0 d\r\n')].map(String), ['250 d\r\n']);
  assert.throws(() => [...reader.replies('garbage\r\n')], { code: 'ERR_SMTPERR_STREAM', status: 'syntax' });
  assert.deepEqual(reader.feed('250 ok\r\n'), { status: 'syntax', used: 0 });
  assert.equal(reader.evaluate('mail').closing, true);
  reader.reset();
  assert.deepEqual(reader.feed('250 ok\r\n'), { status: 'reply', used: 8 });
});

test('many readers live through collections of garbage', () => {
  const readers = Array.from({ length: 50 }, (_, i) => {
    const reader = new smtperr.Reader({ keep: 32 });
    reader.feed(`250-${i}\r\n250 en`);
    return reader;
  });
  for (let i = 0; i < 200; i++) Array.from({ length: 1000 }, () => new Uint8Array(32)); // small arrays, on the heap that moves
  readers.forEach((reader, i) => {
    assert.equal(reader.feed('d\r\n').status, 'reply');
    assert.equal(String(reader.reply), `250-${i}\r\n250 end\r\n`);
  });
});

test('what failure an error is', () => {
  const error = (fields) => Object.assign(new Error('x'), fields);
  for (const [given, stage, wanted] of [
    [error({ code: 'ECONNREFUSED', errno: -111, syscall: 'connect' }), 'connect', 'ECONNREFUSED'],
    [error({ code: 'ESOCKET', errno: -111 }), 'connect', process.platform === 'linux' ? 'ECONNREFUSED' : undefined],
    [error({ code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo' }), 'connect', 'EAI_NONAME'],
    [error({ code: 'EAI_AGAIN' }), 'connect', 'EAI_AGAIN'], [error({ code: 'ETIMEDOUT' }), 'eod', 'lost-after-dot'],
    [error({ code: 'ETIMEDOUT' }), 'greeting', 'greeting-timeout'], [error({ code: 'ETIMEDOUT' }), 'mail', 'command-timeout'],
    [error({ code: 'ETIMEDOUT', syscall: 'connect' }), 'unknown', 'ETIMEDOUT'],
    [error({ code: 'CERT_HAS_EXPIRED' }), 'tls', 'X509_V_ERR_CERT_HAS_EXPIRED'],
    [error({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'tls', 'X509_V_ERR_HOSTNAME_MISMATCH'],
    [error({ code: 'ERR_SSL_NO_PROTOCOLS_AVAILABLE' }), 'tls', 'tls-failed'], [new Error('a', { cause: error({ code: 'EPIPE' }) }), 'mail', 'EPIPE'],
    [new AggregateError([error({ code: 'ENETUNREACH' })]), 'connect', 'ENETUNREACH'], [new Error('what'), 'mail', 'other']]) {
    if (wanted) assert.equal(smtperr.failureOf(given, stage), wanted);
  }
});

test('the whole header is there, declared and of one version', () => {
  const source = fs.readFileSync(path.join(BINDINGS, 'node/index.js'), 'utf8');
  const types = fs.readFileSync(path.join(BINDINGS, 'node/index.d.ts'), 'utf8');
  for (const one of ABOUT.functions) assert.ok(source.includes('lib.' + one.name + '('), one.name);
  for (const name of Object.keys(smtperr)) assert.match(types, new RegExp(`export (function|class|const) ${name}\\b`), name);
  const readerOf = types.match(/export class Reader \{[^]*?\n\}/)[0];
  for (const name of Object.getOwnPropertyNames(smtperr.Reader.prototype)) assert.match(readerOf, new RegExp(`\\b${name}\\b`));
  for (const [struct, type] of [['smtperr_policy', 'Policy'], ['smtperr_context', 'Context']]) {
    const declared = types.match(new RegExp(`export interface ${type} \\{[^]*?\\n\\}`))[0];
    for (const { name } of ABOUT.structs[struct].fields) {
      if (!['size', 'known', 'flags'].includes(name)) assert.match(declared, new RegExp(`\\b${camel(name)}\\?:`));
    }
  }
  assert.equal(require(path.join(BINDINGS, 'node/package.json')).version, ABOUT.version);
});

test('the example of the page', () => {
  const page = fs.readFileSync(path.join(BINDINGS, '../../docs/bindings.md'), 'utf8');
  const [, program, promised] = page.match(/^```js\n([^]*?)^```\n\n```text\n([^]*?)^```$/m);
  const source = program.replace("require('smtperr')", `require(${JSON.stringify(path.join(BINDINGS, 'node'))})`);
  assert.equal(execFileSync(process.execPath, ['-e', source], { encoding: 'utf8' }), promised);
});

test('a missing library says what to do', () => {
  for (const [file, wanted] of [['/nonexistent/libsmtperr.so', /SMTPERR_LIBRARY/], ['libc.so.6', /has no smtperr_/]]) {
    if (process.platform !== 'linux') continue;
    const out = execFileSync(process.execPath, ['-e', `try { require(process.argv[1]) } catch (error) { console.log(error.code, error.message) }`,
      path.join(BINDINGS, 'node')], { env: { ...process.env, SMTPERR_LIBRARY: file }, encoding: 'utf8' });
    assert.match(out, /^ERR_SMTPERR_LIBRARY /);
    assert.match(out, wanted);
  }
});
