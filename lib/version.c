/* SPDX-License-Identifier: MIT
 *
 * Versions of the code and of the data.
 */
#include "internal.h"

uint32_t smtperr_version_number(void)
{
    return SMTPERR_VERSION_NUMBER;
}

uint32_t smtperr_data_version(void)
{
    return smtperr__data_version;
}
