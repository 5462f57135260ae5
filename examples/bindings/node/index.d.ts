// SPDX-License-Identifier: MIT

import type { Action, Evidence, Failure, Kind, Match, NumberList, Role, Say, Shape, Stage, Status, Verdict } from './abi';
export * from './abi';

/** A string is taken as UTF-8. */
export type Bytes = string | Uint8Array;

/** What you know beside the reply. Only the stage matters to all; what is left out is not known. */
export interface Context {
  stage?: Stage;
  /** mx: a host of the destination; submission: a server that we log in to; relay: our smart host, without a login */
  role?: Role;
  /** our policy allows this message to go in the clear */
  tlsOptional?: boolean;
  /** our policy forbids that */
  tlsRequired?: boolean;
  /** this connection does without TLS because the action was retry-without-tls */
  inClear?: boolean;
  /** we log in here, or have */
  authenticated?: boolean;
  /** at end of data each reply is about one recipient */
  lmtp?: boolean;
  /** this recipient is or was refused as the only one of its transaction: no more splitting */
  refusedAlone?: boolean;
  /** this step was tried on an earlier connection, and the action was reconnect */
  reconnected?: boolean;
  /** in this transaction so far */
  recipientsAccepted?: number;
  /** of the queue: 1 = the first; makes delays grow */
  attempt?: number;
  /** how long the message has been queued */
  ageSeconds?: number;
  /** as providerOfHost() gives it for the MX */
  provider?: string | null;
}

/** A switch for each question on which good MTAs differ. Left out or null: the library's choice. */
export interface Policy {
  /** a session refused by greeting, EHLO or HELO: retry-other-host (null), or bounce */
  greeting5yz?: Action | null;
  /** our login or account was refused: hold (null), retry-later, or bounce */
  loginRefused?: Action | null;
  /** bounce (null), or retry-later */
  mailboxFull5yz?: Action | null;
  /** a 5yz that nothing explains: bounce (null), or retry-later */
  unknown5yz?: Action | null;
  /** "domain not found" as 4yz: retry-later (null), or bounce; never suppressed */
  domainUnknown4yz?: Action | null;
  /** nothing bounces while set up or tested: null, or retry-later for every bounce */
  softBounce?: Action | null;
  /** bounds for delaySeconds; 0: 60 and 14400 */
  delayMinSeconds?: number;
  delayMaxSeconds?: number;
}

/** shape: 'wire' (the default), the bytes of a server, read strictly; 'text', what people and logs have. */
export type EvidenceOptions = Stage | (Context & { shape?: Shape });
export type DecisionOptions = Stage | (Context & { policy?: Policy | null });
export type Options = Stage | (Context & { policy?: Policy | null; shape?: Shape });

/** true: keep the message queued. false: delivered, go on, or give up: action() tells which. What cannot be read gives true. */
export function shouldRetry(reply: Bytes, stage?: Stage): boolean;

/** What to do. All but proceed and bounce keep the message queued. */
export function action(reply: Bytes, stage?: Stage): Action;

/** shouldRetry() by numbers alone, as in shouldRetryCode(550, '5.1.1'). A code that is not 200 to 599 gives true. */
export function shouldRetryCode(code: number, enhanced?: string | null, stage?: Stage): boolean;

/** The whole answer about a reply. */
export function evaluate(reply: Bytes, options?: Options): Verdict;

/** The whole answer where there was no reply: a failure by its name ('ECONNREFUSED', 'lost-after-dot'). */
export function evaluateFailure(failure: Failure, options?: DecisionOptions): Verdict;

/** The failure that has this number in that list, such as ('errno', 111); 'other' if none has. */
export function failureFrom(list: NumberList, number: number): Failure;

/** The failure that an error of node:net, node:tls or node:dns is, or the one that caused it. */
export function failureOf(error: Error, stage?: Stage): Failure;

/** The evidence alone. Change it if you know better, and decide() on that. */
export function classify(reply: Bytes, options?: EvidenceOptions): Evidence;

/** The decision about evidence. The stage is the one in the evidence; the rest of the options counts. */
export function decide(evidence: Evidence, options?: DecisionOptions): Verdict;

/** Which rules of the data the words of a reply met, the best first, for those who write rules. At most 16. */
export function trace(reply: Bytes, options?: EvidenceOptions): Match[];

/** The name of the provider whose MX or page a host name is, or null. */
export function providerOfHost(host: Bytes): string | null;

/** Finds where each reply in a stream ends. */
export class Reader {
  /**
   * keep: bytes of the raw reply to hold, 1024 unless told. When it is too small the first lines and the beginning of the last are
   * kept; less than 16 keeps nothing: the code alone decides.
   */
  constructor(options?: { keep?: number });
  /** Forget all: a new connection, or the other side of STARTTLS. */
  reset(): void;
  /** Takes bytes up to the end of one reply, no further. An error stays until reset(): close the connection. */
  feed(data: Bytes): { status: Status; used: number };
  /** The same for those who read by lines: exactly one, with or without its line end. */
  feedLine(line: Bytes): Status;
  /**
   * Feeds all of data and yields each reply that is complete, raw; evaluate() is about the last one yielded. Throws a SmtperrError
   * with code ERR_SMTPERR_STREAM where the stream is broken. A reply that data does not end waits for the next call.
   */
  replies(data: Bytes): Generator<Buffer, void, void>;
  /** Bytes taken for a reply that is not complete. 0: idle, TLS may start. */
  readonly pending: number;
  /** The raw reply as kept; before it is complete what came of it. */
  readonly reply: Buffer;
  /** evaluate() of the reply or error, with all that the reader saw. Before a reply is complete: as if the stream had ended. */
  evaluate(options?: DecisionOptions): Verdict;
}

/** Line index (from 0) without code, separator and line end; null if there is no such line. */
export function replyLine(reply: Bytes, index: number): string | null;
/** All lines. */
export function replyLines(reply: Bytes): string[];
/** The parameters of a keyword of a 250 to EHLO, in any case; may be ''. null: it does not stand there. */
export function replyKeyword(reply: Bytes, keyword: Bytes): string | null;
/** The name under which the server queued a message ('250 2.0.0 Ok: queued as 4XyZ12'), or null. */
export function replyQueueId(reply: Bytes): string | null;
/** One line for eyes and logs: '?' for what is not printable, repeated codes removed, a blank between lines. */
export function sanitize(reply: Bytes): string;
/** '5.7.1' as the number 5007001, as C and databases have it; 0 if it is none. */
export function enhancedParse(text: Bytes): number;
/** 5007001 as '5.7.1'; '' for 0 and what is none. */
export function enhancedFormat(enhanced: number): string;

/** A sentence about a verdict, from the most specific row of the data that named its category; 'what' unless told. */
export function explain(verdict: Evidence, say?: Say): string;
/** A sentence about one word or number, such as ('code', 450, {stage: 'rcpt'}). '' where nothing is known. */
export function describe(kind: Kind, value: number | string, about?: { stage?: Stage; say?: Say }): string;
/** 'mailbox-full', 'rcpt', '450'; '' for what has no name. */
export function name(kind: Kind, value: number): string;
/** The way back, in any case. null: no such name. */
export function value(kind: Kind, name: Bytes): number | null;
/** All values of a kind, in rising order. */
export function values(kind: Kind): number[];

/** Of the library that runs, such as '0.1.0'. */
export function version(): string;
/** Of its rules and tables: YYYYMMDDNN. */
export function dataVersion(): number;

/** A line of more bytes than this, and a reply of more than that, is an error. */
export const LINE_MAX: number;
export const REPLY_MAX: number;

export class SmtperrError extends Error {
  /** MISUSE: a wrong call; LIBRARY: it is not there; STREAM: the bytes of a stream are no SMTP replies, status says why. */
  code: 'ERR_SMTPERR_MISUSE' | 'ERR_SMTPERR_LIBRARY' | 'ERR_SMTPERR_STREAM';
  status?: Status;
}
