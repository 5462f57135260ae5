// SPDX-License-Identifier: MIT
/**
 * What an SMTP reply means, and what to do next: libsmtperr for Node.js 18 and newer, by koffi.
 *
 *     const smtperr = require('smtperr');
 *     const verdict = smtperr.evaluate('550 5.1.1 <ann@example.org>: no such user\r\n', 'rcpt');
 *     verdict.action      // 'bounce'
 *     verdict.suppress    // true
 *     verdict.category    // 'mailbox-unknown'
 *     smtperr.explain(verdict, 'what')
 *
 * A reply is a Buffer or other Uint8Array, or a string, which is taken as UTF-8. Words are strings, as 'rcpt'; verdicts are plain
 * objects. Bytes of any kind get a verdict; only wrong calls throw: a SmtperrError with code ERR_SMTPERR_MISUSE, or a TypeError.
 *
 * The library is the one that the environment variable SMTPERR_LIBRARY names, else the system's; without it require() throws a
 * SmtperrError with code ERR_SMTPERR_LIBRARY. Types and all rules of each call: index.d.ts, docs/bindings.md.
 */
'use strict';

const koffi = require('koffi');
const abi = require('./abi.js');

const { INT32_MIN } = abi.constants;

class SmtperrError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'SmtperrError';
    this.code = code;
  }
}

const misuse = (message) => new SmtperrError('ERR_SMTPERR_MISUSE', message);

function wrongType(what, wanted, given) {
  const error = new TypeError(`${what} must be ${wanted}, not ${given === null ? 'null' : typeof given}`);
  error.code = 'ERR_INVALID_ARG_TYPE';
  return error;
}

// ---- The library ----

function load() {
  const usual = { darwin: 'libsmtperr.0.dylib', win32: 'smtperr-0.dll' }[process.platform] || 'libsmtperr.so.0';
  const path = process.env.SMTPERR_LIBRARY || usual;
  let library;
  try {
    library = koffi.load(path);
  } catch (cause) {
    throw new SmtperrError('ERR_SMTPERR_LIBRARY',
      `libsmtperr was not found: install it, or name it in SMTPERR_LIBRARY (${cause.message})`, { cause });
  }
  const functions = {};
  for (const [name, returns, parameters] of abi.functions) {
    // Structs, buffers and bytes with a length go as addresses; only text that ends with NUL comes back as a string.
    const types = parameters.map((type) => (type.endsWith('*') ? 'void *' : type));
    try {
      functions[name] = library.func(name, returns === 'bytes *' ? 'void *' : returns, types);
    } catch (cause) {
      throw new SmtperrError('ERR_SMTPERR_LIBRARY', `${path} has no ${name}: it is older than ${abi.version}`, { cause });
    }
  }
  return functions;
}

const lib = load();

// ---- JavaScript's values and C's ----

function bytesOf(text, what = 'reply') {
  if (text instanceof Uint8Array) return text;
  if (typeof text === 'string') return Buffer.from(text);
  throw wrongType(what, 'a string, Buffer or Uint8Array', text);
}

/** enum -> number -> word; grows by what a newer library or its data knows more. */
const words = {};
for (const [name, values] of Object.entries(abi.enums)) {
  words[name] = new Map(Object.entries(values).map(([word, number]) => [number, word]));
}
for (const name of ['provider', 'blocklist', 'rule']) words[name] = new Map([[0, null]]);

function wordOf(kind, number) {
  let word = words[kind].get(number);
  if (word === undefined) {
    word = lib.smtperr_name(abi.enums.kind[kind], number);
    words[kind].set(number, word);
  }
  return word;
}

function numberOf(kind, word) {
  if (typeof word !== 'string') throw wrongType(kind, 'a string', word);
  const number = abi.enums[kind] && Object.hasOwn(abi.enums[kind], word) ? abi.enums[kind][word] : undefined;
  if (number !== undefined) return number;
  const found = kind in abi.enums.kind ? value(kind, word) : null;
  if (found === null) throw misuse(`${JSON.stringify(word)} is no ${kind}`);
  return found;
}

function int32(number, what) {
  if (typeof number !== 'number') throw wrongType(what, 'a number', number);
  if (!Number.isInteger(number) || number < INT32_MIN || number >= 2 ** 31) throw misuse(`${what} must be a 32-bit integer`);
  return number;
}

function uint32(number, what) {
  if (typeof number !== 'number') throw wrongType(what, 'a number', number);
  if (!Number.isInteger(number) || number < 0 || number >= 2 ** 32) throw misuse(`${what} must be an unsigned 32-bit integer`);
  return number;
}

const enhancedOf = (number) =>
  number === 0 ? null : `${Math.trunc(number / 1e6)}.${Math.trunc(number / 1e3) % 1000}.${number % 1000}`;

function enhancedNumber(text) {
  if (text === null || text === undefined) return 0;
  const number = enhancedParse(text);
  if (number === 0) throw misuse(`${JSON.stringify(text)} is no enhanced status code`);
  return number;
}

function checked(result) {
  if (result === abi.enums.status.misuse) throw misuse('libsmtperr refuses this call: see the rules of its options');
  return result;
}

/** What each field of a struct is, with its place among the 32-bit numbers of which all structs are made. */
const fieldsOf = (struct) => abi.structs[struct].fields.map(([name, offset, type, means, part]) => {
  const [how, ...of] = means.split(' ');
  return { name, at: offset / 4, unsigned: type === 'uint32_t', how, of: of[of.length - 1], part };
});
const VERDICT = fieldsOf('verdict');
const EVIDENCE = VERDICT.filter((field) => field.part === 'evidence');
const MATCH = fieldsOf('match');
const CONTEXT = Object.fromEntries(fieldsOf('context').map((field) => [field.name, field]));
const POLICY = Object.fromEntries(fieldsOf('policy').map((field) => [field.name, field]));
const VERDICT_SIZE = abi.structs.verdict.size;

/** Off the JavaScript heap, which moves what lies on it. */
const room = (size) => Buffer.from(new ArrayBuffer(size));

// A call is over before the next one begins, so all share these.
const verdictNumbers = new Int32Array(new ArrayBuffer(VERDICT_SIZE));
const contextNumbers = new Int32Array(new ArrayBuffer(abi.structs.context.size));
const policyNumbers = new Int32Array(new ArrayBuffer(abi.structs.policy.size));
const spanNumbers = new Uint32Array(new ArrayBuffer(abi.structs.span.size));
const sizeNumber = new BigUint64Array(new ArrayBuffer(8)); // a size_t of 4 bytes fills its lower half, see sizeRead()
const sizeRead = () => (koffi.sizeof('size_t') === 8 ? Number(sizeNumber[0]) : new Uint32Array(sizeNumber.buffer)[0]);

function read(fields, numbers, base, reply) {
  const result = {};
  const spans = {};
  for (const { name, at, unsigned, how, of } of fields) {
    const number = unsigned ? numbers[base + at] >>> 0 : numbers[base + at];
    switch (how) {
      case 'number': result[name] = number; break;
      case 'boolean': result[name] = number !== 0; break;
      case 'enum': result[name] = number === 0 && (of === 'status' || of === 'failure') ? null : wordOf(of, number); break;
      case 'id': result[name] = wordOf(of, number); break;
      case 'enhanced': result[name] = enhancedOf(number); break;
      case 'bits': {
        const set = [];
        for (let bit = 1, rest = number; rest !== 0; bit *= 2, rest >>>= 1) if (rest & 1) set.push(wordOf(of, bit));
        result[name] = set;
        break;
      }
      case 'span': {
        const start = numbers[base + at] >>> 0;
        const end = start + (numbers[base + at + 1] >>> 0);
        result[name] = end === start ? '' : Buffer.from(reply.buffer, reply.byteOffset + start, end - start).toString();
        spans[name] = [start, end];
        break;
      }
      default: // size
    }
  }
  result.spans = spans;
  return result;
}

/** The struct of which evidence or a verdict was made, with what the caller has changed, in verdictNumbers. */
function write(evidence) {
  if (typeof evidence !== 'object' || evidence === null) throw wrongType('evidence', 'an object from classify() or evaluate()', evidence);
  verdictNumbers.fill(0);
  verdictNumbers[0] = VERDICT_SIZE;
  for (const { name, at, unsigned, how, of } of VERDICT) {
    const given = evidence[name];
    if (given === undefined || given === null || how === 'size') continue;
    if (how === 'span') {
      const [start, end] = (evidence.spans && evidence.spans[name]) || [0, 0];
      verdictNumbers[at] = start;
      verdictNumbers[at + 1] = end - start;
    } else if (how === 'bits') {
      for (const word of given) verdictNumbers[at] |= numberOf(of, word);
    } else if (how === 'boolean') {
      verdictNumbers[at] = given ? 1 : 0;
    } else {
      verdictNumbers[at] = how === 'number' ? (unsigned ? uint32 : int32)(given, name)
        : how === 'enhanced' ? enhancedNumber(given) : numberOf(of, given);
    }
  }
}

// ---- What the caller knows and wants ----

/** tlsOptional and its like, which are bits in C. */
const BITS = Object.fromEntries(Object.entries(abi.enums.context).filter(([word]) => word !== 'recipients-counted')
  .map(([word, bit]) => [word.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()), bit]));

/** Fills contextNumbers from a stage or an object of options; returns the policy, or null. */
function prepare(options, also = []) {
  contextNumbers.fill(0);
  contextNumbers[CONTEXT.size.at] = abi.structs.context.size;
  if (options === undefined) return null;
  if (typeof options === 'string') {
    contextNumbers[CONTEXT.stage.at] = numberOf('stage', options);
    return null;
  }
  if (typeof options !== 'object' || options === null) throw wrongType('options', 'a stage or an object', options);
  let policy = null;
  for (const [name, given] of Object.entries(options)) {
    if (given === undefined || also.includes(name)) continue;
    if (Object.hasOwn(BITS, name)) {
      if (typeof given !== 'boolean') throw wrongType(name, 'a boolean', given);
      contextNumbers[CONTEXT.flags.at] |= given ? BITS[name] : 0;
    } else if (name === 'policy') {
      policy = given === null ? null : preparePolicy(given);
    } else if (Object.hasOwn(CONTEXT, name) && !['size', 'flags'].includes(name)) {
      const { at, how, of } = CONTEXT[name];
      contextNumbers[at] = how === 'number' ? uint32(given, name) : given === null ? 0 : numberOf(of, given);
      if (name === 'recipientsAccepted') contextNumbers[CONTEXT.flags.at] |= abi.enums.context['recipients-counted'];
    } else {
      throw misuse(`there is no option ${name}`);
    }
  }
  return policy;
}

function preparePolicy(options) {
  if (typeof options !== 'object') throw wrongType('policy', 'an object', options);
  policyNumbers.fill(0);
  policyNumbers[POLICY.size.at] = abi.structs.policy.size;
  for (const [name, given] of Object.entries(options)) {
    if (!Object.hasOwn(POLICY, name) || name === 'size') throw misuse(`there is no switch ${name} of the policy`);
    const { at, how, of } = POLICY[name];
    if (given !== undefined && given !== null) policyNumbers[at] = how === 'number' ? uint32(given, name) : numberOf(of, given);
  }
  return policyNumbers;
}

const shapeOf = (options) =>
  (typeof options === 'object' && options !== null && options.shape !== undefined ? numberOf('shape', options.shape) : 0);

// ---- One call ----

function shouldRetry(reply, stage = 'unknown') {
  const bytes = bytesOf(reply);
  return lib.smtperr_should_retry(bytes, bytes.length, numberOf('stage', stage)) === 1;
}

function action(reply, stage = 'unknown') {
  const bytes = bytesOf(reply);
  return wordOf('action', lib.smtperr_action(bytes, bytes.length, numberOf('stage', stage)));
}

function shouldRetryCode(code, enhanced = null, stage = 'unknown') {
  return lib.smtperr_should_retry_code(int32(code, 'code'), enhancedNumber(enhanced), numberOf('stage', stage)) === 1;
}

// ---- The whole answer ----

function evaluate(reply, options) {
  const bytes = bytesOf(reply);
  const policy = prepare(options, ['shape']);
  checked(lib.smtperr_evaluate(bytes, bytes.length, shapeOf(options), contextNumbers, policy, verdictNumbers, VERDICT_SIZE));
  return read(VERDICT, verdictNumbers, 0, bytes);
}

function evaluateFailure(failure, options) {
  const policy = prepare(options);
  checked(lib.smtperr_evaluate_failure(numberOf('failure', failure), contextNumbers, policy, verdictNumbers, VERDICT_SIZE));
  return read(VERDICT, verdictNumbers, 0, Buffer.alloc(0));
}

function failureFrom(list, number) {
  return wordOf('failure', lib.smtperr_failure_from(numberOf('number', list), int32(number, 'number')));
}

/** Codes of Node.js that have another name in the library. */
const CODES = {
  ENOTFOUND: 'EAI_NONAME', ENODATA: 'EAI_NODATA', ESERVFAIL: 'SERVFAIL', EPROTO: 'tls-failed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'X509_V_ERR_HOSTNAME_MISMATCH', ERR_TLS_HANDSHAKE_TIMEOUT: 'tls-handshake-timeout',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls-wrong-version-number', ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls-unsupported-protocol',
};

function failureOf(error, stage = 'unknown') {
  const at = numberOf('stage', stage);
  for (let cause = error; cause; cause = cause.cause || (cause.errors && cause.errors[0])) {
    const code = typeof cause.code === 'string' ? cause.code : '';
    for (const name of [CODES[code], code, 'X509_V_ERR_' + code]) {
      if (!name || value('failure', name) === null) continue;
      if (name !== 'ETIMEDOUT' || at === abi.enums.stage.connect || cause.syscall === 'connect') return wordOf('failure', value('failure', name));
      return at === abi.enums.stage.greeting || at === 0 ? 'greeting-timeout' : at === abi.enums.stage.eod ? 'lost-after-dot' : 'command-timeout';
    }
    if (/^ERR_(SSL|TLS)_/.test(code)) return 'tls-failed';
    if (Number.isInteger(cause.errno) && cause.errno < 0 && cause.errno > -1000) {
      const failure = failureFrom('errno', -cause.errno);
      if (failure !== 'other') return failure;
    }
  }
  return 'other';
}

// ---- Its halves ----

function classify(reply, options) {
  const bytes = bytesOf(reply);
  prepare(options, ['shape']);
  checked(lib.smtperr_classify(bytes, bytes.length, shapeOf(options), contextNumbers, verdictNumbers, VERDICT_SIZE));
  return read(EVIDENCE, verdictNumbers, 0, bytes);
}

function decide(evidence, options) {
  write(evidence);
  const policy = prepare(options);
  checked(lib.smtperr_decide(contextNumbers, policy, verdictNumbers, VERDICT_SIZE));
  const verdict = read(VERDICT.filter((field) => field.how !== 'span'), verdictNumbers, 0, Buffer.alloc(0));
  for (const { name, how } of VERDICT) if (how === 'span') verdict[name] = evidence[name];
  return { ...verdict, spans: evidence.spans };
}

function trace(reply, options) {
  const bytes = bytesOf(reply);
  const size = abi.structs.match.size;
  const numbers = new Int32Array(new ArrayBuffer(16 * size));
  prepare(options, ['shape']);
  const count = checked(lib.smtperr_trace(bytes, bytes.length, shapeOf(options), contextNumbers, numbers, size, 16));
  return Array.from({ length: Math.min(count, 16) }, (_, i) => read(MATCH, numbers, (i * size) / 4, bytes));
}

function providerOfHost(host) {
  const bytes = bytesOf(host, 'host');
  return wordOf('provider', lib.smtperr_provider_of_host(bytes, bytes.length));
}

// ---- A stream ----

class Reader {
  #reader;
  #keep;

  constructor({ keep = 1024 } = {}) {
    const size = uint32(keep, 'keep');
    this.#reader = room(Number(lib.smtperr_reader_size()));
    this.#keep = size > 0 ? room(size) : null; // the library holds its address, so it lives as long as this
    this.reset();
  }

  reset() {
    checked(lib.smtperr_reader_init(this.#reader, this.#reader.length, this.#keep, this.#keep ? this.#keep.length : 0));
  }

  feed(data) {
    const bytes = bytesOf(data, 'data');
    sizeNumber[0] = 0n;
    const status = wordOf('status', checked(lib.smtperr_reader_feed(this.#reader, bytes, bytes.length, sizeNumber)));
    return { status, used: sizeRead() };
  }

  feedLine(line) {
    const bytes = bytesOf(line, 'line');
    return wordOf('status', checked(lib.smtperr_reader_feed_line(this.#reader, bytes, bytes.length)));
  }

  * replies(data) {
    for (let bytes = bytesOf(data, 'data'); bytes.length > 0;) {
      const { status, used } = this.feed(bytes);
      if (abi.enums.status[status] < 0) {
        const error = new SmtperrError('ERR_SMTPERR_STREAM', `the stream of replies is broken: ${status}`);
        error.status = status;
        throw error;
      }
      bytes = bytes.subarray(used);
      if (status === 'reply') yield this.reply;
    }
  }

  get pending() {
    return lib.smtperr_reader_pending(this.#reader);
  }

  get reply() {
    const at = lib.smtperr_reader_reply(this.#reader, sizeNumber);
    const length = sizeRead();
    return length > 0 ? Buffer.from(koffi.decode(at, 'uint8_t', length)) : Buffer.alloc(0);
  }

  evaluate(options) {
    const policy = prepare(options);
    checked(lib.smtperr_reader_evaluate(this.#reader, contextNumbers, policy, verdictNumbers, VERDICT_SIZE));
    return read(VERDICT, verdictNumbers, 0, this.reply);
  }
}

// ---- What stands in a reply ----

function span(found, bytes) {
  return found === 1 ? Buffer.from(bytes.buffer, bytes.byteOffset + spanNumbers[0], spanNumbers[1]).toString() : null;
}

function replyLine(reply, index) {
  const bytes = bytesOf(reply);
  return span(lib.smtperr_reply_line(bytes, bytes.length, uint32(index, 'index'), spanNumbers), bytes);
}

function replyLines(reply) {
  const bytes = bytesOf(reply);
  const lines = [];
  for (let line = replyLine(bytes, 0); line !== null; line = replyLine(bytes, lines.length)) lines.push(line);
  return lines;
}

function replyKeyword(reply, keyword) {
  const bytes = bytesOf(reply);
  const wanted = bytesOf(keyword, 'keyword');
  return span(lib.smtperr_reply_keyword(bytes, bytes.length, wanted, wanted.length, spanNumbers), bytes);
}

function replyQueueId(reply) {
  const bytes = bytesOf(reply);
  return span(lib.smtperr_reply_queue_id(bytes, bytes.length, spanNumbers), bytes);
}

function sanitize(reply) {
  const bytes = bytesOf(reply);
  const out = room(Number(lib.smtperr_sanitize(bytes, bytes.length, null, 0)) + 1);
  lib.smtperr_sanitize(bytes, bytes.length, out, out.length);
  return out.toString('utf8', 0, out.length - 1);
}

function enhancedParse(text) {
  const bytes = bytesOf(text, 'text');
  return lib.smtperr_enhanced_parse(bytes, bytes.length);
}

function enhancedFormat(enhanced) {
  const out = room(16);
  const length = Number(lib.smtperr_enhanced_format(int32(enhanced, 'enhanced'), out, out.length));
  return out.toString('latin1', 0, length);
}

// ---- Words for people, and lists ----

function explain(verdict, say = 'what') {
  const about = numberOf('say', say);
  write(verdict);
  return lib.smtperr_explain(verdictNumbers, about);
}

function describe(kind, number, { stage = 'unknown', say = 'what' } = {}) {
  const of = numberOf('kind', kind);
  const found = typeof number === 'string' ? numberOf(kind, number) : int32(number, 'value');
  return lib.smtperr_describe(of, found, numberOf('stage', stage), numberOf('say', say));
}

function name(kind, number) {
  return lib.smtperr_name(numberOf('kind', kind), int32(number, 'value'));
}

function value(kind, word) {
  const bytes = bytesOf(word, 'name');
  const number = lib.smtperr_value(numberOf('kind', kind), bytes, bytes.length);
  return number === INT32_MIN ? null : number;
}

function values(kind) {
  const of = numberOf('kind', kind);
  const found = [];
  for (let number = lib.smtperr_next(of, INT32_MIN); number !== INT32_MIN; number = lib.smtperr_next(of, number)) found.push(number);
  return found;
}

function version() {
  const number = lib.smtperr_version_number();
  return `${number >>> 16}.${(number >>> 8) & 255}.${number & 255}`;
}

const dataVersion = () => lib.smtperr_data_version();

module.exports = {
  shouldRetry, action, shouldRetryCode, evaluate, evaluateFailure, failureFrom, failureOf, classify, decide, trace, providerOfHost,
  Reader, replyLine, replyLines, replyKeyword, replyQueueId, sanitize, enhancedParse, enhancedFormat, explain, describe, name, value,
  values, version, dataVersion, SmtperrError,
  LINE_MAX: abi.constants.LINE_MAX,
  REPLY_MAX: abi.constants.REPLY_MAX,
};
