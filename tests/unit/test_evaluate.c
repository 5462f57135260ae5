/* SPDX-License-Identifier: MIT
 *
 * From bytes to verdict: the two shapes of input and all the forms in which a reply comes out of programs and logs,
 * that a well-formed reply gives the same verdict in both, and how verdicts are handed to callers older and newer than
 * the library.
 */
#include "check.h"

static void wire(void **state)
{
    static const check_row rows[] = {
        ROW("550 5.1.1 no\r\n", "rcpt",
            "status=reply code=550 first_code=550 enhanced=5.1.1 text='no' flag!=UNENDED flag!=BARE_LF"),
        ROW("550 5.1.1 no\n", "rcpt", "status=reply text='no' flag=BARE_LF flag!=UNENDED"),
        ROW("550 5.1.1 no", "rcpt", "status=reply text='no' flag=UNENDED flag!=BARE_LF"),
        ROW("550 5.1.1 no\r", "rcpt", "status=reply text='no' flag=UNENDED"),
        ROW("550", "rcpt", "status=reply code=550 flag=UNENDED flag=BARE_CODE text=''"),
        ROW("550-a\n550 b", "rcpt", "status=reply code=550 flag=UNENDED flag=BARE_LF text='b'"),
        ROW("550-a\r\n550 b", "rcpt", "status=reply flag=UNENDED flag!=BARE_LF"),
        ROW("550 no\r\nmore", "rcpt", "status=reply flag=LEFTOVER text='no'"),
        ROW("550 no\r\n250 yes\r\n", "rcpt", "status=reply code=550 flag=LEFTOVER"),
        ROW("550 no\r\n\r\n", "rcpt", "status=reply code=550 flag=LEFTOVER"),
        ROW("571 no\r\n", "rcpt", "status=reply code=571 flag=ODD_CODE action=bounce"),
        ROW("550 a\0b\r\n", "rcpt", "status=reply code=550 flag=CONTROL action=bounce"),
        ROW("550 a\tb\r\n", "rcpt", "status=reply flag!=CONTROL"),
        ROW("550 \x7F\r\n", "rcpt", "flag=CONTROL"),
        ROW("550 \xC3\xA9\r\n", "rcpt", "flag=EIGHTBIT flag!=CONTROL"),
        ROW("550-\x01\r\n550 x\r\n", "rcpt", "flag=CONTROL"), /* on any line */
        /* no whole reply */
        ROW("", "rcpt", "status=incomplete code=0 failure=lost-connection retry=1 text=''"),
        ROW("5", "rcpt", "status=incomplete retry=1"),
        ROW("55", "rcpt", "status=incomplete retry=1"),
        ROW("550-", "rcpt", "status=incomplete retry=1"),
        ROW("550-a\r\n", "rcpt", "status=incomplete retry=1 suppress=0"),
        ROW("550-5.1.1 a\r\n55", "rcpt", "status=incomplete retry=1 suppress=0"),
        ROW("\r\n", "rcpt", "status=incomplete retry=1"),
        ROW("smtp; 550 no\r\n", "rcpt", "status=syntax retry=1"),
        ROW("550no\r\n", "rcpt", "status=syntax retry=1"),
        ROW(" 550 no\r\n", "rcpt", "status=syntax retry=1"),
        ROW("5500 no\r\n", "rcpt", "status=syntax retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void text(void **state)
{
    static const check_row rows[] = {
        /* one line, with and without line end */
        ROW("550 5.1.1 no\r\n", "rcpt text", "status=reply code=550 enhanced=5.1.1 text='no'"),
        ROW("550 5.1.1 no\n", "rcpt text", "code=550 enhanced=5.1.1 text='no'"),
        ROW("550 5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1 text='no'"),
        ROW("  550 5.1.1 no  ", "rcpt text", "code=550 enhanced=5.1.1 text='no'"),
        ROW("550 5.1.1 no\0", "rcpt text", "code=550 enhanced=5.1.1 text='no'"),
        ROW("550", "rcpt text", "code=550 text=''"),
        ROW("550 5.1.1", "rcpt text", "code=550 enhanced=5.1.1 text=''"),
        /* several lines, joined in all the ways there are */
        ROW("550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1 c\r\n", "rcpt text",
            "code=550 first_code=550 enhanced=5.7.1 text='c'"),
        ROW("550-5.7.1 a\n550-5.7.1 b\n550 5.7.1 c", "rcpt text", "code=550 enhanced=5.7.1 text='c'"),
        ROW("550-5.7.1 a\\r\\n550-5.7.1 b\\r\\n550 5.7.1 c", "rcpt text", "code=550 enhanced=5.7.1 text='c'"),
        ROW("550-5.7.1 a\\n550 5.7.1 c", "rcpt text", "code=550 enhanced=5.7.1 text='c'"),
        ROW("550-5.7.1 a 550-5.7.1 b 550 5.7.1 c", "rcpt text", "code=550 enhanced=5.7.1 text='c'"),
        ROW("550-5.7.1 a 550 c", "rcpt text", "code=550 enhanced=5.7.1 text='c'"),
        ROW("550-5.7.1 a\n550-5.7.1 b", "rcpt text", "code=550 enhanced=5.7.1"), /* cut short */
        /* prefixes */
        ROW("smtp; 550 5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1 text='no'"),
        ROW("smtp;550 5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("SMTP; 550 no", "rcpt text", "code=550"),
        ROW("host mx.example.net[192.0.2.25] said: 550 5.1.1 no (in reply to RCPT TO command)", "unknown text",
            "code=550 enhanced=5.1.1 stage=rcpt suppress=1"),
        ROW("host mx.example.net[192.0.2.25] refused to talk to me: 554 no", "greeting text", "code=554"),
        /* words that say what a number proves take nothing from its proof; of a mailbox not in use they tell for how long */
        ROW("553 5.1.2 Could not find a mail server for example.org", "rcpt text",
            "category=domain-unknown basis=text suppress=1"),
        ROW("553 Could not find a mail server for example.org", "rcpt text", "category=domain-unknown suppress=0"),
        ROW("550 5.2.1 Account suspended", "rcpt text", "category=mailbox-disabled suppress=0"),
        ROW("SMTP error from remote mail server after RCPT TO:<u@example.net>: 550 5.1.1 no", "unknown text",
            "code=550 enhanced=5.1.1 stage=rcpt"),
        ROW("<<< 550 5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("... while talking to mx.example.net.:\n>>> RCPT To:<u@example.net>\n<<< 550 5.1.1 no\n550 5.1.1 "
            "<u@example.net>... User unknown",
            "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("\"550 5.1.1 no\"", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("Remote server responded with 550 5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("SMTP error 550: no", "rcpt text", "code=550 text='no'"),
        ROW("SMTP error (550): 5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("SMTP 452 (mailbox full)", "rcpt text", "code=452 retry=1"),
        ROW("550: 5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1"),
        ROW("{'u@example.net': (550, b'5.1.1 no')}", "rcpt text", "code=550 enhanced=5.1.1"), /* Python's smtplib */
        ROW("error code: 550, message: no", "rcpt text", "code=550"),
        ROW("mx.example.net #550 5.1.1 no##", "rcpt text", "code=550 enhanced=5.1.1"), /* Exchange */
        ROW("{\"code\": 550, \"message\": \"no\"}", "rcpt text", "code=550"), /* events of Mailgun */
        ROW("Response code 550 (no)", "rcpt text", "code=550"),
        ROW("Remote Server returned '550 5.1.1 no'", "rcpt text", "code=550 enhanced=5.1.1"), /* Exchange */
        ROW("the server answered with 550 no", "rcpt text", "code=550 text='no'"),
        ROW("[550] no", "rcpt text", "code=550 text='no'"),
        ROW("550.5.1.1 no", "rcpt text", "code=550 enhanced=5.1.1 text='no'"),
        ROW("553. no", "rcpt text", "code=553 text='no'"),
        ROW("see 550.5.1.1 no", "rcpt text", "code=0"),
        ROW("failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_550_5.1.1_no/Giving_up_on_192.0.2.1./", "unknown text",
            "code=550 stage=rcpt"), /* qmail's log */
        /* words behind the reply that are not the server's */
        ROW("550 unknown user (in reply to RCPT TO command)", "unknown text", "text='unknown user ' suppress=1"),
        ROW("550 unknown user (in\n    reply to  RCPT TO command)", "unknown text", "stage=rcpt text='unknown user ' suppress=1"),
        ROW("host a said: 550 5.1.1\n    <u@example.net>: x (in reply to\r\n    MAIL FROM command)", "unknown text",
            "stage=mail enhanced=5.1.1"),
        ROW("554\r\n    5.7.1 x", "unknown text", "code=554 enhanced=5.7.1 text='x'"),
        ROW("host a refused to\n talk to me: 554 x", "unknown text", "stage=greeting"),
        ROW("550  5.1.1 x", "unknown text", "text=' 5.1.1 x'"),
        ROW("Remote host said: 554 Blocked\nGiving up on 192.0.2.1.", "unknown text", "text='Blocked' category=policy"),
        ROW("554 a (in reply to RCPT TO command) b (in reply to end of DATA command)", "unknown text",
            "stage=eod text='a (in reply to RCPT TO command) b '"),
        ROW("blocked\nGiving up on 192.0.2.1.", "unknown text", "code=0 category=policy"),
        ROW("5.1.0 - Unknown address error 550-'5.1.1 <a@b.example> User unknown' (delivery attempts: 0)", "unknown text",
            "code=550 enhanced=5.1.1 category=mailbox-unknown suppress=1"), /* Cisco's bounce and log */
        ROW("5.1.0 - Unknown address error ('550', ['5.1.1 <a@b.example> User unknown']) []", "unknown text",
            "code=550 enhanced=5.1.1 category=mailbox-unknown suppress=1"),
        ROW("5.3.0 - Other mail system problem 550-'x' (delivery attempts: 0)", "unknown text", "code=550 basis=code"),
        ROW("SMTP error, RCPT TO:550 5.1.1 x", "unknown text", "code=550 enhanced=5.1.1 stage=rcpt"),
        ROW("SMTP error, DOT:550 x", "unknown text", "code=550 stage=eod"),
        ROW("main.c:550 x", "unknown text", "code=0"),
        ROW(" dsn=5.1.1, stat=x", "unknown text", "code=0 enhanced=5.1.1 text='x'"),
        ROW("4.1.1 <u@example.net>: undeliverable address: host mx.example.org said: 550 no", "unknown text",
            "code=0 enhanced=4.1.1 retry=1 suppress=0"),
        ROW("5.1.1 (no)smtp;550 5.1.1 no", "unknown text", "code=550 enhanced=5.1.1"),
        /* a code behind the words */
        ROW("User unknown (550)", "rcpt text", "code=550 text='User unknown (' suppress=1"),
        ROW("User unknown, error code 550", "rcpt text", "code=550 suppress=1"),
        ROW("SMTP server error: RCPT TO command failed Detail: User unknown SMTP code: 550 Additional SMTP info: 5.1.1",
            "unknown text", "code=550 enhanced=5.1.1 stage=rcpt text='User unknown SMTP code' suppress=1"), /* PHPMailer */
        ROW("SMTP server error: DATA END command failed Detail: no SMTP code: 554", "unknown text", "code=554 stage=eod"),
        ROW("450 user(s) over 550", "rcpt text", "code=450"),
        ROW("user unknown, host said: 550", "rcpt text", "code=550 basis=code text=''"),
        ROW("User unknown (250)", "rcpt text", "code=0"),
        /* a report without a code */
        ROW("sendmail[811]: q1: to=<u@example.net>, mailer=esmtp, relay=mx.example.net. [192.0.2.1], dsn=5.7.1, stat=Service unavailable",
            "unknown text", "code=0 enhanced=5.7.1 text='Service unavailable' action=bounce"),
        ROW("sendmail[811]: q1: to=<u@example.net>, dsn=4.0.0, stat=Deferred: Connection refused by mx.example.net.", "unknown text",
            "code=0 enhanced=4.0.0 category=network retry=1"),
        ROW("postfix/smtp[9]: A1: to=<u@example.net>, relay=none, dsn=4.4.1, status=deferred (connect to mx.example.net[192.0.2.1]:25: "
            "Connection timed out)", "unknown text", "code=0 enhanced=4.4.1 category=network retry=1"),
        ROW("dsn=5.1.1", "unknown text", "code=0 enhanced=5.1.1 category=mailbox-unknown suppress=0"),
        ROW("dsn=", "unknown text", "code=0 enhanced=0"),
        ROW("Mailbox unavailable. The server response was: 5.7.1 spam", "rcpt text",
            "code=0 enhanced=5.7.1 category=spam-content text='spam'"), /* .NET */
        ROW("more than 450: full", "rcpt text", "code=0"),
        ROW("of 500, 20 were sent", "rcpt text", "code=0"),
        ROW("mirror 550 no", "rcpt text", "code=0"),
        ROW("error 250: sent", "rcpt text", "code=0"),
        ROW("connect to 192.0.2.1:450: no", "rcpt text", "code=0"),
        ROW("error 550", "rcpt text", "code=550"),
        ROW("error (550", "rcpt text", "code=0"),
        ROW("Status: 5.1.1 (permanent failure)", "rcpt text", "code=0 enhanced=5.1.1 suppress=0"),
        /* addresses and hosts end where a script without blanks begins */
        ROW("550 用户ann@example.org不存在", "rcpt text", "category=mailbox-unknown basis=text"),
        ROW("550 收件人邮件地址（ann@example.org）不存在", "rcpt text", "category=mailbox-unknown basis=text"),
        ROW("550 域名example.com不存在", "rcpt text", "category=domain-unknown basis=text"),
        ROW("550 caf\xE9 user unknown", "rcpt text", "category=mailbox-unknown basis=text"), /* Latin-1 */
        ROW("550 \xE9", "rcpt text", "code=550"),
        /* without any code */
        ROW("nobody knows what this is", "rcpt text",
            "status=reply code=0 enhanced=0 category=unknown retry=1 suppress=0"),
        ROW("450 4.2.1 ann", "rcpt text", "category=mailbox-busy basis=enhanced"),
        ROW("4.2.1 ann", "rcpt text", "category=mailbox-busy retry=1"),
        ROW("550 5.2.1 ann", "rcpt text", "category=mailbox-disabled basis=enhanced"),
        ROW("550 4.2.1 ann", "rcpt text", "category=mailbox-disabled"), /* the code's class counts (RFC 2034 4) */
        ROW("450 5.2.1 ann", "rcpt text", "category=mailbox-busy"),
        ROW("550 5.1.1\tann", "rcpt text", "enhanced=5.1.1 text='\tann'"),
        ROW("5.3.0 please try again later", "rcpt text", "code=0 enhanced=5.3.0 retry=1"),
        ROW("5.2.2 mailbox full", "rcpt text", "code=0 enhanced=5.2.2 category=mailbox-full"),
        ROW("user 250 of 550 people", "rcpt text", "code=0"),
        ROW("the year 2024 saw 5000 mails", "rcpt text", "code=0 enhanced=0"),
        ROW("connect to 192.0.2.250: port 25", "rcpt text", "code=0 enhanced=0"),
        ROW("5500 x", "rcpt text", "code=0"),
        ROW("550x", "rcpt text", "code=0"),
        ROW("", "rcpt text", "status=incomplete retry=1 code=0"),
        ROW("   \r\n", "rcpt text", "retry=1 code=0"),
        /* different codes */
        ROW("450-a\n550 b", "rcpt text", "code=550 first_code=450 flag=MIXED_CODES retry=1"),
        ROW("550 5.1.1 see section 450 of our rules", "rcpt text", "code=550 flag!=MIXED_CODES action=bounce"),
        ROW("550 a 550 b", "rcpt text", "code=550 flag!=MIXED_CODES"),
        /* numbers of errno, as lists on the web have them */
        ROW("111 Connection refused", "connect text", "code=111 category=network retry=1"),
        ROW("111", "unknown text", "code=111 retry=1"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* Fields that may differ: the flags about how it was framed, and whether a stage was told. */
/* What clients write around a reply. The sentences are those of their sources: Postfix smtp_proto.c and smtp_sasl_glue.c, Exim
 * smtp.c, qmail-remote.c, Sendmail usersmtp.c, dma net.c, msmtp smtp.c. */
static void text_tells_the_stage_where_a_log_says_it(void **state)
{
    static const check_row rows[] = {
        ROW("host mx.example[192.0.2.1] refused to talk to me: 554 5.7.1 x", "unknown text",
            "stage=greeting flag=STAGE_FROM_TEXT action=retry-other-host"),
        ROW("status=deferred (host mx.example[192.0.2.1] refused to talk to me: 421 x)", "unknown text", "stage=greeting"),
        ROW("dsn=4.4.1, status=deferred (connect to mx.example[192.0.2.1]:25: Connection timed out)", "unknown text",
            "stage=greeting category=network action=retry-other-host"),
        ROW("delivery temporarily suspended: connect to mx.example[192.0.2.1]:25: No route to host", "unknown text",
            "stage=greeting category=network"),
        ROW("450 connect to mx.example[192.0.2.1]:25: Connection refused", "unknown text", "stage=unknown"),
        ROW("lost connection with mx.example[192.0.2.1] while receiving the initial server greeting", "unknown text",
            "stage=greeting category=network code=0 outcome_unknown=0"),
        ROW("conversation with mx.example[192.0.2.1] timed out while receiving the initial server greeting", "unknown text",
            "stage=greeting"),
        ROW("lost connection with mx.example[192.0.2.1] while performing the EHLO handshake", "unknown text", "stage=ehlo"),
        ROW("lost connection with mx.example[192.0.2.1] while performing the HELO handshake", "unknown text", "stage=helo"),
        ROW("lost connection with mx.example[192.0.2.1] while performing the LHLO handshake", "unknown text", "stage=ehlo"),
        ROW("conversation with mx.example[192.0.2.1] timed out while sending MAIL FROM", "unknown text", "stage=mail"),
        ROW("(lost connection with mx.example[192.0.2.1] while sending RCPT TO)", "unknown text", "stage=rcpt"),
        ROW("lost connection with mx.example[192.0.2.1] while sending DATA command", "unknown text", "stage=data"),
        ROW("lost connection with mx.example[192.0.2.1] while sending message body", "unknown text",
            "stage=body outcome_unknown=0"),
        ROW("lost connection with mx.example[192.0.2.1] while sending end of data -- message may be sent more than once",
            "unknown text", "stage=eod outcome_unknown=1 action=retry-later"),
        ROW("host mx.example[192.0.2.1] said: 454 x (in reply to STARTTLS command)", "unknown text", "stage=starttls"),
        ROW("SASL authentication failed; server mx.example[192.0.2.1] said: 535 5.7.8 x", "unknown text", "stage=auth"),

        ROW("SMTP error from remote mail server after initial connection: 554 x", "unknown text", "stage=greeting"),
        ROW("SMTP error from remote mail server after EHLO me.example: 550 x", "unknown text", "stage=ehlo"),
        ROW("SMTP error from remote mail server after pipelined MAIL FROM:<a@b.example> SIZE=9: 552 x", "unknown text",
            "stage=mail"),
        ROW("SMTP error from remote mail server after RCPT TO:<a@b.example>: host mx.example [192.0.2.1]: 550 x",
            "unknown text", "stage=rcpt"),
        ROW("SMTP error from remote mail server after RCPT TO:<a@b.example>:\n    550-5.1.1 x\n    550 5.1.1 y",
            "unknown text", "stage=rcpt"),
        ROW("SMTP error from remote mail server after pipelined DATA: 451 x", "unknown text", "stage=data"),
        ROW("SMTP error from remote mail server after end of data: 550 x", "unknown text", "stage=eod"),
        ROW("SMTP error from remote mail server after sending data block: 550 x", "unknown text", "stage=body"),
        ROW("SMTP error from remote mailer after initial connection: host mx.example [192.0.2.1]: 554 x", "unknown text",
            "stage=greeting"),
        ROW("LMTP error from remote mail server after end of data: 452 x", "unknown text", "stage=eod"),
        ROW("SMTP timeout after pipelined RCPT TO:<a@b.example>", "unknown text", "stage=rcpt"),
        ROW("SMTP timeout while connected to mx.example [192.0.2.1] after end of data (12 bytes written)", "unknown text",
            "stage=eod"),
        ROW("Remote host mx.example [192.0.2.1] closed connection in response to initial connection", "unknown text",
            "stage=greeting"),
        ROW("Remote host closed connection in response to end of data", "unknown text", "stage=eod outcome_unknown=1"),

        ROW("Connected to 192.0.2.1 but greeting failed.\nRemote host said: 554 x\n", "unknown text",
            "stage=greeting code=554 action=retry-other-host"),
        ROW("Connected to 192.0.2.1 but my name was rejected.\nRemote host said: 550 x\n", "unknown text", "stage=helo"),
        ROW("Connected to 192.0.2.1 but sender was rejected.\nRemote host said: 553 x\n", "unknown text", "stage=mail"),
        ROW("192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 x\nGiving up on 192.0.2.1.\n", "unknown text",
            "stage=rcpt code=550"),
        ROW("192.0.2.1 failed on DATA command.\nRemote host said: 451 x\n", "unknown text", "stage=data"),
        ROW("192.0.2.1 failed after I sent the message.\nRemote host said: 554 x\n", "unknown text", "stage=eod"),
        ROW("Connected to 192.0.2.1 but connection died. Possible duplicate! (#4.4.2)", "unknown text",
            "stage=eod outcome_unknown=1"),
        ROW("Connected to 192.0.2.1 but connection died. (#4.4.2)", "unknown text", "stage=unknown"),

        ROW("... while talking to mx.example.:\n>>> RCPT To:<a@b.example>\n<<< 550 5.1.1 x", "unknown text", "stage=rcpt"),
        ROW("... while talking to mx.example.:\n>>> MAIL From:<a@b.example> SIZE=9\n<<< 553 x", "unknown text", "stage=mail"),
        /* Sendmail reads the replies to RCPT after it has said DATA */
        ROW("... while talking to mx.example.:\n>>> DATA\n<<< 550 x", "unknown text", "stage=unknown"),

        ROW("remote delivery to mx.example [192.0.2.1] failed after RCPT TO: 550 5.1.1 x", "unknown text", "stage=rcpt"),
        ROW("remote delivery deferred: mx.example [192.0.2.1] failed after connect: 421 x", "unknown text", "stage=greeting"),
        ROW("mx.example [192.0.2.1] did not like our final DATA:\n554 x", "unknown text", "stage=eod"),
        ROW("msmtp: recipient address a@b.example not accepted by the server\nmsmtp: server message: 550 5.1.1 x",
            "unknown text", "stage=rcpt"),
        ROW("errormsg='envelope from address a@b.example not accepted by the server' smtpstatus=553 smtpmsg='553 5.1.8 x'",
            "unknown text", "stage=mail code=553"),
        ROW("msmtp: the server did not accept the mail\nmsmtp: server message: 554 x", "unknown text", "stage=eod"),
        ROW("smtp;550 5.1.1 x (in reply to RCPT TO)", "unknown text", "stage=rcpt"),

        /* logs that name no command */
        ROW("Remote Server returned '550 5.1.1 x'", "unknown text", "stage=unknown code=550 enhanced=5.1.1"),
        ROW("result=\"PermFail\" stat=\"550 5.1.1 x\"", "unknown text", "stage=unknown code=550 enhanced=5.1.1"),
        ROW("smtp: Failed: 550 5.1.1 x", "unknown text", "stage=unknown code=550 enhanced=5.1.1"),
        /* what a server says by itself tells nothing, whatever log it quotes */
        ROW("550 SMTP error from remote mail server after end of data: x", "unknown text", "stage=unknown"),
        ROW("550 x while sending MAIL FROM", "unknown text", "stage=unknown"),
        ROW("550 <a@b.example> does not like recipient", "unknown text", "stage=unknown"),
        ROW("550 x in response to DATA", "unknown text", "stage=unknown"),
        ROW("550 refused to talk to me", "unknown text", "stage=unknown"),
        ROW("SMTP error from remote mail server after end of data: 550 host a said: 550 x (in reply to RCPT TO command)",
            "unknown text", "stage=eod"),
        ROW("host a said: 554 SMTP error from remote mail server after MAIL FROM:<>: 550 x (in reply to RCPT TO command)",
            "unknown text", "stage=rcpt"),
        ROW("host a said: 550 host b said: 550 x (in reply to end of DATA command) (in reply to RCPT TO command)",
            "unknown text", "stage=rcpt"),
        /* no command */
        ROW("delivery failed after 5 attempts: 550 x", "unknown text", "stage=unknown"),
        ROW("host a said: 550 x (in reply to database query)", "unknown text", "stage=unknown"),
        ROW("remote mail server after", "unknown text", "stage=unknown"),
        ROW("remote mail server after RCPT", "unknown text", "stage=unknown"),
        ROW("connected to x", "unknown text", "stage=unknown"),
        ROW("host a said: 550 x (in reply to ", "unknown text", "stage=unknown"),
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void a_well_formed_reply_gives_the_same_in_both_shapes(void **state)
{
    static const char *const replies[] = {
        "250 2.1.5 Ok\r\n",
        "250-mx.example\r\n250-SIZE 1000\r\n250 HELP\r\n",
        "220 mx.example ESMTP\r\n",
        "354 go\r\n",
        "334 VXNlcm5hbWU6\r\n",
        "421 4.3.2 later\r\n",
        "450 4.2.0 x\r\n",
        "452 4.5.3 x\r\n",
        "500 x\r\n",
        "503 5.5.1 x\r\n",
        "550 5.1.1 x\r\n",
        "550-5.7.1 a\r\n550 5.7.1 b\r\n",
        "550-5.7.1 a\r\n550 b\r\n",
        "550-a\r\n550 5.7.1 b\r\n",
        "551 5.1.6 try <a@b.example>\r\n",
        "552 x\r\n",
        "556 5.1.10 x\r\n",
        "571 x\r\n",
        "550\r\n",
        "550 \r\n",
        "550-\r\n550 x\r\n",
        "450 5.1.1 x\r\n",
        "550 (#5.1.1)\r\n",
        "550-5.1.1 a\r\n550 5.7.1 b\r\n",
        "550 a\tb \xC3\xA9\r\n",
        "599 5.9.9 x\r\n",
    };
    size_t i;
    int32_t stage;
    (void)state;
    for (i = 0; i < COUNT(replies); i++) {
        for (stage = 0; stage <= SMTPERR_STAGE_OTHER; stage++) {
            smtperr_context context = {sizeof context, 0, 0, 0, 0, 0, 0, 0};
            smtperr_verdict as_wire, as_text;
            context.stage = stage;
            assert_int_equal(smtperr_evaluate(replies[i], strlen(replies[i]), SMTPERR_SHAPE_WIRE, &context, NULL,
                                              &as_wire, sizeof as_wire),
                             0);
            assert_int_equal(smtperr_evaluate(replies[i], strlen(replies[i]), SMTPERR_SHAPE_TEXT, &context, NULL,
                                              &as_text, sizeof as_text),
                             0);
            as_wire.flags &= ~(uint32_t)(SMTPERR_FLAG_BARE_CODE | SMTPERR_FLAG_CONTROL);
            as_text.flags &= ~(uint32_t)(SMTPERR_FLAG_BARE_CODE | SMTPERR_FLAG_CONTROL);
            if (as_wire.text.len == 0 && as_text.text.len == 0) {
                as_text.text.at = as_wire.text.at;
            }
            CHECK(check_same_verdict(&as_wire, &as_text), "%s at %s", check_show(replies[i], strlen(replies[i])),
                  smtperr_name(SMTPERR_KIND_STAGE, stage));
        }
    }
    check_end();
}

/* Whole, by the reader in one piece, and byte by byte. */
static void the_reader_gives_the_same_as_the_whole(void **state)
{
    static const char *const replies[] = {
        "250 ok\r\n",
        "550-5.1.1 a\r\n550 5.1.1 b\r\n",
        "250-a\r\n550 b\r\n",
        "\r\n550 x\r\n",
        "250 a\n",
        "550 \x01\xFF\r\n",
        "250\r\n",
        "571 x\r\n",
        "garbage\r\n",
        "250-a\r\nxx\r\n",
        "551 <a@b>\r\n",
    };
    size_t i, j;
    (void)state;
    for (i = 0; i < COUNT(replies); i++) {
        smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
        char keep[256];
        smtperr_reader reader;
        smtperr_verdict whole, read;
        size_t used;
        const size_t length = strlen(replies[i]);
        (void)smtperr_evaluate(replies[i], length, SMTPERR_SHAPE_WIRE, &context, NULL, &whole, sizeof whole);
        assert_int_equal(smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep), 0);
        for (j = 0; j < length; j++) {
            (void)smtperr_reader_feed(&reader, replies[i] + j, 1, &used);
        }
        CHECK(smtperr_reader_evaluate(&reader, &context, NULL, &read, sizeof read) == 0 && read.status == whole.status, "%s",
              check_show(replies[i], length));
        read.text.at = whole.text.at; /* blank lines are not kept */
        CHECK(check_same_verdict(&whole, &read), "%s: 0x%X 0x%X", check_show(replies[i], length), (unsigned)whole.flags,
              (unsigned)read.flags);
    }
    check_end();
}

static void a_reader_before_its_reply_counts_as_cut_off(void **state)
{
    char keep[64];
    smtperr_context context = {sizeof context, SMTPERR_STAGE_EOD, 0, 0, 0, 0, 0, 0};
    smtperr_reader reader;
    smtperr_verdict verdict;
    size_t used;
    (void)state;
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader, keep, sizeof keep), 0);
    CHECK(smtperr_reader_evaluate(&reader, &context, NULL, &verdict, sizeof verdict) == 0 &&
              verdict.status == SMTPERR_ERR_INCOMPLETE,
          "at the beginning");
    CHECK(verdict.retry == 1 && verdict.outcome_unknown == 1 && verdict.code == 0, "decides as lost");
    assert_int_equal(smtperr_reader_feed(&reader, BYTES("550-5.1.1 a\r\n550"), &used), SMTPERR_NONE);
    CHECK(smtperr_reader_evaluate(&reader, &context, NULL, &verdict, sizeof verdict) == 0 &&
              verdict.status == SMTPERR_ERR_INCOMPLETE, "within");
    CHECK(verdict.retry == 1 && verdict.outcome_unknown == 1 && verdict.suppress == 0, "decides as lost");
    check_end();
}

static void a_reader_that_keeps_nothing_decides_by_the_code(void **state)
{
    static const struct {
        const char *reply;
        int32_t code, action;
    } cases[] = {
        {"550 5.1.1 x\r\n", 550, SMTPERR_ACTION_BOUNCE},
        {"250 x\r\n", 250, SMTPERR_ACTION_PROCEED},
        {"450 x\r\n", 450, SMTPERR_ACTION_RETRY_LATER},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        smtperr_context context = {sizeof context, SMTPERR_STAGE_RCPT, 0, 0, 0, 0, 0, 0};
        smtperr_reader reader;
        smtperr_verdict verdict;
        size_t used;
        assert_int_equal(smtperr_reader_init(&reader, sizeof reader, NULL, 0), 0);
        assert_int_equal(smtperr_reader_feed(&reader, cases[i].reply, strlen(cases[i].reply), &used), SMTPERR_REPLY);
        CHECK(smtperr_reader_evaluate(&reader, &context, NULL, &verdict, sizeof verdict) == 0 &&
                  verdict.status == SMTPERR_REPLY, "%s",
              cases[i].reply);
        CHECK(verdict.code == cases[i].code && verdict.action == cases[i].action && verdict.suppress == 0, "%s",
              cases[i].reply);
        CHECK(verdict.text.len == 0, "%u bytes of text", (unsigned)verdict.text.len);
        CHECK((verdict.flags & SMTPERR_FLAG_TEXT_TRUNCATED) != 0, "%s", check_show(cases[i].reply, strlen(cases[i].reply)));
    }
    check_end();
}

/* ---- Callers older and newer than the library. ---- */

static void structs_of_every_size(void **state)
{
    smtperr_verdict full;
    unsigned char bytes[sizeof(smtperr_verdict) + 64];
    size_t size;
    (void)state;
    assert_int_equal(smtperr_evaluate(BYTES("550 5.1.1 x\r\n"), 0, NULL, NULL, &full, sizeof full), 0);
    for (size = 4; size <= sizeof bytes; size++) {
        unsigned char *const exact = malloc(size);
        const size_t known = size < sizeof full ? size : sizeof full;
        uint32_t written;
        size_t i;
        int zero = 1;
        assert_non_null(exact);
        memset(exact, 0xA5, size);
        CHECK(smtperr_evaluate(BYTES("550 5.1.1 x\r\n"), 0, NULL, NULL, (smtperr_verdict *)(void *)exact, size) == 0,
              "%u", (unsigned)size);
        memcpy(&written, exact, sizeof written);
        CHECK(written == known, "size %u: wrote %u", (unsigned)size, (unsigned)written);
        CHECK(memcmp(exact + 4, (const unsigned char *)&full + 4, known - 4) == 0, "size %u: other fields",
              (unsigned)size);
        for (i = known; i < size; i++) {
            zero &= exact[i] == 0;
        }
        CHECK(zero, "size %u: the tail is not zero", (unsigned)size);
        memset(exact, 0xA5, size);
        CHECK(smtperr_evaluate_failure(SMTPERR_FAILURE_OTHER, NULL, NULL, (smtperr_verdict *)(void *)exact, size) == 0,
              "%u", (unsigned)size);
        memset(exact, 0xA5, size);
        CHECK(smtperr_classify(BYTES("550 5.1.1 x\r\n"), 0, NULL, (smtperr_verdict *)(void *)exact, size) == 0, "%u",
              (unsigned)size);
        free(exact);
    }
    check_end();
}

static void misuse(void **state)
{
    smtperr_verdict verdict, before;
    smtperr_reader reader;
    (void)state;
    memset(&verdict, 0x5A, sizeof verdict);
    before = verdict;
    assert_int_equal(smtperr_reader_init(&reader, sizeof reader, NULL, 0), 0);
    CHECK(smtperr_evaluate(BYTES("550 x"), 2, NULL, NULL, &verdict, sizeof verdict) == SMTPERR_ERR_MISUSE, "shape 2");
    CHECK(smtperr_evaluate(BYTES("550 x"), -1, NULL, NULL, &verdict, sizeof verdict) == SMTPERR_ERR_MISUSE, "shape -1");
    CHECK(smtperr_evaluate(BYTES("550 x"), 0, NULL, NULL, &verdict, 3) == SMTPERR_ERR_MISUSE, "3 bytes");
    CHECK(smtperr_evaluate(BYTES("550 x"), 0, NULL, NULL, &verdict, 0) == SMTPERR_ERR_MISUSE, "0 bytes");
    CHECK(smtperr_evaluate(BYTES("550 x"), 0, NULL, NULL, NULL, sizeof verdict) == SMTPERR_ERR_MISUSE, "no verdict");
    CHECK(smtperr_classify(BYTES("550 x"), 7, NULL, &verdict, sizeof verdict) == SMTPERR_ERR_MISUSE, "shape 7");
    CHECK(smtperr_classify(BYTES("550 x"), 0, NULL, NULL, 0) == SMTPERR_ERR_MISUSE, "no verdict");
    CHECK(smtperr_evaluate_failure(1, NULL, NULL, NULL, 0) == SMTPERR_ERR_MISUSE, "no verdict");
    CHECK(smtperr_evaluate_failure(1, NULL, NULL, &verdict, 3) == SMTPERR_ERR_MISUSE, "3 bytes");
    CHECK(smtperr_reader_evaluate(NULL, NULL, NULL, &verdict, sizeof verdict) == SMTPERR_ERR_MISUSE, "no reader");
    CHECK(smtperr_reader_evaluate(&reader, NULL, NULL, NULL, 0) == SMTPERR_ERR_MISUSE, "no verdict");
    CHECK(smtperr_reader_evaluate(&reader, NULL, NULL, &verdict, 3) == SMTPERR_ERR_MISUSE, "3 bytes");
    CHECK(check_same_verdict(&verdict, &before), "written");
    CHECK(smtperr_evaluate(NULL, 0, 0, NULL, NULL, &verdict, sizeof verdict) == 0 &&
              verdict.status == SMTPERR_ERR_INCOMPLETE,
          "NULL with 0 is an empty reply");
    CHECK(smtperr_evaluate(NULL, 5, 0, NULL, NULL, &verdict, sizeof verdict) == 0 &&
              verdict.status == SMTPERR_ERR_INCOMPLETE && verdict.action == smtperr_action(NULL, 5, 0) &&
              smtperr_should_retry(NULL, 5, 0) == 1,
          "NULL with a length is one too");
    CHECK(smtperr_evaluate(NULL, 0, 1, NULL, NULL, &verdict, sizeof verdict) == 0 &&
              verdict.status == SMTPERR_ERR_INCOMPLETE,
          "NULL with 0, as text");
    CHECK(verdict.retry == 1 && verdict.suppress == 0, "kept");
    check_end();
}

/* Classify is evaluate without its decision. */
static void classify_and_decide_make_evaluate(void **state)
{
    static const char *const replies[] = {"250 x\r\n", "550 5.1.1 x\r\n",    "450 x\r\n", "garbage",
                                          "",          "250-a\r\n550 b\r\n", "530 x\r\n"};
    size_t i;
    int32_t stage;
    (void)state;
    for (i = 0; i < COUNT(replies); i++) {
        for (stage = 0; stage <= SMTPERR_STAGE_OTHER; stage++) {
            smtperr_context context = {sizeof context, 0, SMTPERR_ROLE_MX, 0x41, 2, 2, 0, 0};
            smtperr_verdict whole, halves;
            context.stage = stage;
            (void)smtperr_evaluate(replies[i], strlen(replies[i]), 0, &context, NULL, &whole, sizeof whole);
            CHECK(smtperr_classify(replies[i], strlen(replies[i]), 0, &context, &halves, sizeof halves) == 0 && halves.status == whole.status,
                  "%s", replies[i]);
            CHECK(halves.action == 0 && halves.retry == 0 && halves.delay_seconds == 0 && halves.dsn_status == 0,
                  "%s: classify decides", replies[i]);
            CHECK(smtperr_decide(&context, NULL, &halves, sizeof halves) == 0, "%s", replies[i]);
            CHECK(check_same_verdict(&whole, &halves), "%s at %d", check_show(replies[i], strlen(replies[i])),
                  (int)stage);
        }
    }
    check_end();
}

/* Any bytes at all: every string of up to five bytes of an alphabet that matters, in both shapes, by all laws. */
static void any_bytes_get_a_verdict(void **state)
{
    static const char alphabet[] = {'2', '5', '0', '-', ' ', '\r', '\n', '.', 'x', '\0', '\xFF'};
    size_t length;
    (void)state;
    for (length = 0; length <= 5; length++) {
        size_t index[5] = {0, 0, 0, 0, 0};
        size_t i;
        do {
            char bytes[5];
            check_row row = {__LINE__, bytes, length, "rcpt", "suppress=0"};
            smtperr_verdict verdict;
            for (i = 0; i < length; i++) {
                bytes[i] = alphabet[index[i]];
            }
            check_evaluate(&row, &verdict);
            check_want(&row, &verdict);
            row.how = "eod text";
            check_evaluate(&row, &verdict);
            for (i = 0; i < length && ++index[i] == sizeof alphabet; i++) {
                index[i] = 0;
            }
        } while (i < length);
    }
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire),
        cmocka_unit_test(text),
        cmocka_unit_test(text_tells_the_stage_where_a_log_says_it),
        cmocka_unit_test(a_well_formed_reply_gives_the_same_in_both_shapes),
        cmocka_unit_test(the_reader_gives_the_same_as_the_whole),
        cmocka_unit_test(a_reader_before_its_reply_counts_as_cut_off),
        cmocka_unit_test(a_reader_that_keeps_nothing_decides_by_the_code),
        cmocka_unit_test(structs_of_every_size),
        cmocka_unit_test(misuse),
        cmocka_unit_test(classify_and_decide_make_evaluate),
        cmocka_unit_test(any_bytes_get_a_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
