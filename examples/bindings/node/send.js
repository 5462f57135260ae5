#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/**
 * Sends a message with Nodemailer and says for each recipient what became of it, and what to do.
 *
 * usage: node send.js [--starttls] [--user NAME] [--timeout SECONDS] HOST:PORT SENDER RECIPIENT... < MESSAGE
 *
 * The password of --user is in the environment variable SMTP_PASSWORD. The exit status is of sysexits.h: 0 if all was delivered,
 * 75 if anything is worth another try, else that of the first refusal.
 */
'use strict';

const { parseArgs } = require('node:util');
const nodemailer = require('nodemailer');
const smtperr = require('./index.js');

const VERBS = { EHLO: 'ehlo', HELO: 'helo', LHLO: 'ehlo', STARTTLS: 'starttls', AUTH: 'auth', MAIL: 'mail', RCPT: 'rcpt', DATA: 'data',
  RSET: 'rset', QUIT: 'quit' };

/**
 * Follows the dialogue through Nodemailer's log: a logger for createTransport(), which needs transactionLog: true as well.
 *
 * An error of Nodemailer without a response (ECONNECTION, ETIMEDOUT) doesn't tell how far the dialogue had come, and one about the
 * text has forgotten which recipients were refused before.
 */
class Dialogue {
  stage = 'connect';
  accepted = 0;
  /** recipient -> verdict */
  refused = new Map();
  #waiting = []; // commands without a reply yet, the oldest first

  constructor() {
    for (const level of ['trace', 'info', 'warn', 'error', 'fatal']) this[level] = (entry) => this.#see(entry);
  }

  debug(entry, text) {
    this.#see(entry, String(text));
  }

  #see(entry, text = '') {
    if (entry && entry.tnx === 'network' && this.stage === 'connect' && entry.localAddress) {
      this.stage = 'greeting';
    } else if (entry && entry.tnx === 'client') {
      const stage = Object.hasOwn(VERBS, text.split(' ')[0]) ? VERBS[text.split(' ')[0]] : 'auth'; // other lines are of a login
      if (this.#waiting.length === 0 && stage !== 'quit') this.stage = stage;
      this.#waiting.push({ stage, recipient: (text.match(/^RCPT TO:<(.*?)>/) || [])[1] });
    } else if (entry && entry.tnx === 'message' && entry.outByteCount !== undefined) {
      this.stage = 'eod'; // all of the text is sent
      this.#waiting.push({ stage: 'eod' });
    } else if (entry && entry.tnx === 'server') {
      const { recipient } = this.#waiting.shift() || {};
      if (recipient !== undefined) {
        if (text.startsWith('2')) this.accepted += 1;
        else this.refused.set(recipient, smtperr.evaluate(text, { stage: 'rcpt', recipientsAccepted: this.accepted }));
      }
      if (this.#waiting.length > 0) this.stage = this.#waiting[0].stage;
      else if (this.stage === 'starttls' && text.startsWith('220')) this.stage = 'tls';
      else if (this.stage === 'data' && text.startsWith('354')) this.stage = 'body';
    }
  }
}

/** The stage that an error of Nodemailer names by its command; DATA is for the command and for the text. */
function stageOf(error, dialogue) {
  const command = error.command || '';
  if (command === 'CONN') return error.response && dialogue.stage === 'connect' ? 'greeting' : dialogue.stage;
  if (command === 'DATA') return error.code === 'EMESSAGE' ? 'eod' : 'data';
  return VERBS[command.split(' ')[0]] || dialogue.stage;
}

/** What an error of Nodemailer means: err.response, err.code, err.command and what the dialogue was at. */
function verdictOf(error, dialogue = new Dialogue()) {
  const options = { stage: stageOf(error, dialogue), recipientsAccepted: dialogue.accepted };
  if (error.code === 'EAUTH') options.authenticated = true;
  if (error.response) return smtperr.evaluate(error.response, options);
  let failure = smtperr.failureOf(error, options.stage);
  if (failure === 'other') {
    const hungUp = 'lost-connection'; // the library knows by the stage what that means
    failure = {
      ECONNECTION: hungUp, ESOCKET: hungUp, EDNS: 'EAI_AGAIN', ETLS: 'tls-failed', EREQUIRETLS: 'requiretls-unsupported',
      EPROTOCOL: 'reply-too-long', EMESSAGE: 'size-exceeded', EAUTH: 'no-auth-mechanism', ENOAUTH: 'local-config-error',
      EPROXY: 'proxy-refused', ESTREAM: 'local-data-error',
    }[error.code];
    if (error.message === 'Unexpected socket close') failure = hungUp; // has no code in Nodemailer 6
    if (failure === undefined) throw error; // of the program, not of the mail: ECONFIG, a bad address
  }
  return smtperr.evaluateFailure(failure, options);
}

/** recipient -> verdict. transport: options for nodemailer.createTransport(), mail: for sendMail(). */
async function deliver(transport, mail) {
  const dialogue = new Dialogue();
  const transporter = nodemailer.createTransport({ ...transport, logger: dialogue, transactionLog: true });
  let others;
  try {
    const info = await transporter.sendMail(mail);
    others = smtperr.evaluate(info.response, 'eod');
  } catch (error) {
    others = verdictOf(error, dialogue);
  } finally {
    transporter.close();
  }
  // The reply to his own RCPT goes before what came of the message.
  return new Map(mail.envelope.to.map((recipient) => [recipient, dialogue.refused.get(recipient) || others]));
}

/** What to do, in words. */
function advice(verdict) {
  switch (verdict.action) {
    case 'proceed': return 'delivered';
    case 'bounce': return 'give up and tell the author' + (verdict.suppress ? ', never mail this address again' : '');
    case 'hold': return 'keep it and tell our operator';
    default: return `keep it queued, ${verdict.action}, by itself in ${verdict.delaySeconds} seconds`
      + (verdict.outcomeUnknown ? ', though it may have arrived' : '');
  }
}

async function main() {
  const { values, positionals: [server, sender, ...recipients] } = parseArgs({
    allowPositionals: true,
    options: { starttls: { type: 'boolean' }, user: { type: 'string' }, timeout: { type: 'string', default: '300' } },
  });
  if (recipients.length === 0) throw new Error('usage: send.js [--starttls] [--user NAME] [--timeout SECONDS] HOST:PORT SENDER RECIPIENT...');
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const patience = Number(values.timeout) * 1000;
  const verdicts = await deliver({
    host: server.slice(0, server.lastIndexOf(':')),
    port: Number(server.slice(server.lastIndexOf(':') + 1)),
    ignoreTLS: !values.starttls,
    requireTLS: values.starttls === true,
    auth: values.user && { user: values.user, pass: process.env.SMTP_PASSWORD || '' },
    connectionTimeout: patience, greetingTimeout: patience, socketTimeout: patience, dnsTimeout: patience,
  }, { envelope: { from: sender, to: recipients }, raw: Buffer.concat(chunks) });
  for (const [recipient, verdict] of verdicts) {
    const said = verdict.code ? `${verdict.code} ${verdict.enhanced || ''}`.trim() : verdict.failure;
    console.log(`${recipient}: ${advice(verdict)} [${verdict.category}, ${said}, stage ${verdict.stage}] ${smtperr.explain(verdict)}`);
  }
  const statuses = Array.from(verdicts.values(), (verdict) => verdict.sysexit);
  process.exitCode = statuses.includes(75) ? 75 : statuses.find((status) => status !== 0) || 0;
}

module.exports = { Dialogue, verdictOf, deliver, advice };

if (require.main === module) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 64;
  });
}
