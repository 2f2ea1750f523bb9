/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/digest.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include <sha2.h>

struct digest {
    SHA2_CTX context;
};

struct digest *digest_new(void)
{
    struct digest *digest = malloc(sizeof *digest);

    if (digest)
        SHA256Init(&digest->context);
    return digest;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
    SHA256Update(&digest->context, bytes, length);
}

char *digest_text(const struct digest *digest, char out[DIGEST_TEXT])
{
    SHA2_CTX copy = digest->context;

    return SHA256End(&copy, out);
}

void digest_free(struct digest *digest)
{
    free(digest);
}
