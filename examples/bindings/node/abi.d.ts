// SPDX-License-Identifier: MIT
// Written by examples/bindings/generate.py from include/smtperr.h: do not edit.

/** Where in the dialogue the reply or failure came. EHLO and HELO stand for LHLO too; other: VRFY, EXPN, HELP,
 *  NOOP. */
export type Stage =
  | 'unknown'
  | 'connect'
  | 'greeting'
  | 'ehlo'
  | 'helo'
  | 'starttls'
  | 'tls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'eod'
  | 'rset'
  | 'quit'
  | 'other';

/** What went wrong, in the words of the field. "Did the server do what I asked?" is category == CATEGORY_OK. */
export type Category =
  | 'unknown'
  | 'ok'
  | 'continue'
  | 'mailbox-unknown'
  | 'mailbox-disabled'
  | 'mailbox-full'
  | 'mailbox-moved'
  | 'mailbox-busy'
  | 'recipient-restricted'
  | 'recipient-rate-limited'
  | 'address-invalid'
  | 'domain-unknown'
  | 'domain-no-mail'
  | 'relay-denied'
  | 'routing'
  | 'server-unavailable'
  | 'server-full'
  | 'network'
  | 'greylisted'
  | 'rate-limited'
  | 'too-many-recipients'
  | 'message-too-large'
  | 'spam-content'
  | 'malware'
  | 'attachment-blocked'
  | 'message-malformed'
  | 'message-expired'
  | 'ip-blocked'
  | 'domain-blocked'
  | 'geo-blocked'
  | 'sender-rejected'
  | 'sender-unauthenticated'
  | 'reverse-dns'
  | 'policy'
  | 'credentials'
  | 'tls'
  | 'protocol-error'
  | 'not-supported';

/** What to do. All but proceed and bounce keep the message queued. Who cannot do one retries after
 *  delay_seconds. */
export type Action =
  | 'proceed'
  | 'bounce'
  | 'retry-later'
  | 'retry-other-host'
  | 'retry-without-tls'
  | 'say-helo'
  | 'new-transaction'
  | 'reconnect'
  | 'hold';

/** What else the answer is true of. */
export type Scope =
  | 'recipient'
  | 'transaction'
  | 'session'
  | 'host'
  | 'source'
  | 'destination'
  | 'account'
  | 'sender'
  | 'local';

/** Who must act before it can work. */
export type Party =
  | 'nobody'
  | 'author'
  | 'our-postmaster'
  | 'recipient'
  | 'their-postmaster';

/** What the category rests on, or, as decided_by, what the decision rests on. */
export type Basis =
  | 'text'
  | 'enhanced'
  | 'code'
  | 'stage'
  | 'local'
  | 'policy';

/** How sure the category is. */
export type Confidence =
  | 'low'
  | 'medium'
  | 'high';

/** Where delay_seconds comes from. */
export type Origin =
  | 'none'
  | 'default'
  | 'server';

/** Action field of a delivery status notification (RFC 3464 2.3.3); none: there is nothing to report yet. */
export type DsnAction =
  | 'none'
  | 'failed'
  | 'delayed'
  | 'relayed';

/** Flags of a verdict. None of them is an error. Those up to UNENDED say what is odd about the bytes; the rest
 *  is evidence, which smtperr_decide() reads, as it does MIXED_CODES. */
export type Flag =
  | 'bare-code'
  | 'bare-lf'
  | 'control'
  | 'eightbit'
  | 'text-truncated'
  | 'mixed-codes'
  | 'esc-mismatch'
  | 'blank-before'
  | 'odd-code'
  | 'odd-success'
  | 'mixed-esc'
  | 'leftover'
  | 'unended'
  | 'stage-from-text'
  | 'repeats-rcpt'
  | 'permanent'
  | 'temporary'
  | 'likely-permanent'
  | 'our-account'
  | 'tls-required';

/** What bytes are: the status of a verdict, the results of a reader. Others that can fail return 0 or MISUSE. */
export type Status =
  | 'none'
  | 'reply'
  | 'misuse'
  | 'syntax'
  | 'line-too-long'
  | 'reply-too-long'
  | 'incomplete';

/** Shape of the input. */
export type Shape =
  | 'wire'
  | 'text';

/** Bits of smtperr_context.flags. Each says something when it is set and nothing when it is not. */
export type ContextBit =
  | 'tls-optional'
  | 'tls-required'
  | 'in-clear'
  | 'authenticated'
  | 'lmtp'
  | 'refused-alone'
  | 'recipients-counted'
  | 'reconnected';

/** What the server is to us. Login and password are at stake with submission or AUTHENTICATED: nothing goes
 *  without TLS then that was to go with it, and HELO is not enough. A relay without a login may be treated like
 *  an MX there. */
export type Role =
  | 'unknown'
  | 'mx'
  | 'submission'
  | 'relay';

/** The failures that a mailer finds by itself. There are more, with the names that errno.h, netdb.h, RFC 8446
 *  and OpenSSL give them: smtperr_failure_from() for their numbers, smtperr_value() for their names, "smtperr
 *  list failures" for all. */
export type Failure =
  | 'other'
  | 'greeting-timeout'
  | 'closed-before-greeting'
  | 'lost-connection'
  | 'command-timeout'
  | 'lost-after-dot'
  | 'garbage-reply'
  | 'reply-too-long'
  | 'reply-out-of-sync'
  | 'starttls-injection'
  | 'starttls-not-offered'
  | 'mta-sts-mismatch'
  | 'dane-required-failed'
  | 'requiretls-unsupported'
  | 'auth-not-offered'
  | 'no-auth-mechanism'
  | 'size-exceeded'
  | 'smtputf8-not-offered'
  | '8bitmime-not-offered'
  | 'talking-to-myself'
  | 'too-many-hops'
  | 'queue-expired'
  | 'destination-throttled'
  | 'local-data-error'
  | 'local-config-error'
  | 'proxy-refused'
  | 'tls-failed'
  | 'NXDOMAIN'
  | 'NODATA'
  | 'NULL-MX'
  | 'DNS-TIMEOUT'
  | 'tls-handshake-timeout'
  | 'tls-unexpected-eof'
  | (string & {});

/** Lists of numbers that failures have elsewhere. */
export type NumberList =
  | 'errno'
  | 'getaddrinfo'
  | 'h-errno'
  | 'dns-rcode'
  | 'tls-alert'
  | 'x509'
  | 'openssl';

/** Kinds of words: every enum of this file but the limits, and what only the data knows. */
export type Kind =
  | 'code'
  | 'enhanced'
  | 'stage'
  | 'category'
  | 'action'
  | 'scope'
  | 'party'
  | 'basis'
  | 'confidence'
  | 'origin'
  | 'failure'
  | 'rule'
  | 'dsn'
  | 'status'
  | 'flag'
  | 'provider'
  | 'blocklist'
  | 'role'
  | 'shape'
  | 'context'
  | 'number'
  | 'say'
  | 'match'
  | 'rank'
  | 'kind';

/** What to say. */
export type Say =
  | 'title'
  | 'what'
  | 'cause'
  | 'fix'
  | 'author'
  | 'source'
  | 'steps'
  | 'url';

/** What became of a rule whose words stand in a reply. */
export type Outcome =
  | 'lost'
  | 'won'
  | 'vetoed';

/** Which rule goes before which: the cause before what was done about it, and that before stock sentences. */
export type Rank =
  | 'boilerplate'
  | 'measure'
  | 'cause';

/** What a reply or failure tells, before anything is decided. */
export interface Evidence {
  /** REPLY; ERR_* if the bytes are no whole reply; null for a failure without one */
  status: Status | null;
  /** of the last line; 0 = none */
  code: number;
  /** of the first line: differs only with MIXED_CODES */
  firstCode: number;
  /** like "5.7.1"; null = none */
  enhanced: string | null;
  /** FAILURE_* or another's number, also of the bytes if status < 0; null = a reply */
  failure: Failure | null;
  /** the enhanced code that stands for the failure (4.4.2); null = none */
  failureStatus: string | null;
  /** the one that was used */
  stage: Stage;
  category: Category;
  basis: Basis;
  confidence: Confidence;
  /** name of the provider that the reply shows; null = none */
  provider: string | null;
  /** name of the blocklist it names; null = none */
  blocklist: string | null;
  /** name of the row of the data that named the category; null = none */
  rule: string | null;
  /** FLAG_* */
  flags: Flag[];
  /** evidence that the address is dead. Use suppress, which asks for more */
  addressDead: boolean;
  /** smtperr_data_version() */
  dataVersion: number;
  /** after which the text asks to come back, as it says; 0 = it does not */
  retryAfterSeconds: number;
  /** from the first to the last word that decided, where basis is text */
  matched: string;
  /** the first page that the text names */
  url: string;
  /** of the last line, without the code and the enhanced code */
  text: string;
  /** the new address of a 251 or 551 (3.4): to be shown, never mailed to unasked (7.4) */
  address: string;
  /** Where the bytes of these texts begin and end in the reply. */
  spans: { matched: [number, number]; url: [number, number]; text: [number, number]; address: [number, number] };
}

/** The whole answer: the evidence, and what to do. */
export interface Verdict extends Evidence {
  /** keep it queued */
  retry: boolean;
  action: Action;
  scope: Scope;
  party: Party;
  /** never mail this address again. Running out of retries is no reason to */
  suppress: boolean;
  /** waiting hardly helps: if retry is 1 tell somebody early. 1 at bounce and hold */
  likelyPermanent: boolean;
  /** it may have been taken all the same: a retry can deliver it twice (4.5.3.2.6) */
  outcomeUnknown: boolean;
  /** the server closes this connection, or it is of no more use: not even QUIT (421, garbage, out of step) */
  closing: boolean;
  /** as basis; policy if a switch changed the action */
  decidedBy: Basis;
  delayOrigin: Origin;
  /** 0 without retry; for what can be done at once, as HELO: for callers that cannot */
  delaySeconds: number;
  /** always there, its class agrees with the decision */
  dsnStatus: string | null;
  dsnAction: DsnAction;
  /** for a program that must exit with it: 0, 75 (EX_TEMPFAIL), 67 ... */
  sysexit: number;
}

/** A rule of the data that the words of a reply met. */
export interface Match {
  /** id */
  rule: string | null;
  category: Category;
  /** RANK_* */
  rank: Rank;
  /** MATCH_* */
  outcome: Outcome;
  /** id: the rule is bound to this provider and goes before general ones, which have 0 */
  provider: string | null;
  /** how many words it matched */
  wordCount: number;
  /** from the first to the last of them */
  matched: string;
  /** Where the bytes of these texts begin and end in the reply. */
  spans: { matched: [number, number] };
}
