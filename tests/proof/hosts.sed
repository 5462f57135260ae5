# SPDX-License-Identifier: MIT
#
# What eva.sh makes of words.c where it looks for a host: see eva_hosts.c, which has the steps from row to row.
1,/^\/\* ---- Hosts\. ---- /{
/^#define HASH_/p
d
}
/^\/\* ---- Bytes to tokens\. ---- /,$d
s/\bhost\[\([^][]*\)\]/BYTE_OF(\1, host_len)/g
s/^            while (slot->hash < hash) {/            slot = search(slot);\n            if (0) {/
