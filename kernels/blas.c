/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/blas.h"

#include <stdio.h>

/* Row by row of b, so that the innermost loop runs along rows of b and c and
 * vectorises; a strip of b stays in the first-level cache. */
void blas_reference_gemm(size_t m, size_t n, size_t k, const double *a,
                         size_t lda, const double *b, size_t ldb, double keep,
                         double *c, size_t ldc)
{
    enum { STRIP = 512 };

    for (size_t first = 0; first < n; first += STRIP) {
        size_t width = n - first < STRIP ? n - first : STRIP;

        for (size_t i = 0; i < m; i++) {
            double *row = c + i * ldc + first;

            for (size_t j = 0; keep == 0 && j < width; j++)
                row[j] = 0;
            for (size_t l = 0; l < k; l++) {
                double factor = a[i * lda + l];
                const double *other = b + l * ldb + first;

                for (size_t j = 0; j < width; j++)
                    row[j] += factor * other[j];
            }
        }
    }
}

#if HAVE_BLIS
#include <blis.h>
#include <stdlib.h>

/* BLIS 0.9 knows no AMD core with AVX-512 and gives it the kernels of Zen 3;
 * those of Skylake make 1.2 times their speed there. It can only be told by a
 * variable, before its first call. The user's own word comes first. */
#if defined BLIS_CONFIG_SKX && defined __x86_64__
__attribute__((constructor)) static void choose_kernels(void)
{
    char skylake[8];

    __builtin_cpu_init();
    if (!__builtin_cpu_is("amd") || !__builtin_cpu_supports("avx512f") ||
        !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl"))
        return;
    snprintf(skylake, sizeof skylake, "%d", (int)BLIS_ARCH_SKX);
    setenv("BLIS_ARCH_TYPE", skylake, 0);
}
#endif

void blas_gemm(size_t m, size_t n, size_t k, const double *a, size_t lda,
               const double *b, size_t ldb, double keep, double *c, size_t ldc)
{
    double one = 1;
    rntm_t one_thread;

    if (m == 0 || n == 0)
        return;
    bli_rntm_init(&one_thread);
    bli_rntm_set_num_threads(1, &one_thread);
    bli_dgemm_ex(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, (dim_t)m, (dim_t)n,
                 (dim_t)k, &one, (double *)a, (inc_t)lda, 1, (double *)b,
                 (inc_t)ldb, 1, &keep, c, (inc_t)ldc, 1, NULL, &one_thread);
}

struct blas_blocks blas_blocks(void)
{
    cntx_t *context;

    bli_init();
    context = bli_gks_query_cntx();
    return (struct blas_blocks){
        (size_t)bli_cntx_get_blksz_def_dt(BLIS_DOUBLE, BLIS_MR, context),
        (size_t)bli_cntx_get_blksz_def_dt(BLIS_DOUBLE, BLIS_NR, context),
        (size_t)bli_cntx_get_blksz_def_dt(BLIS_DOUBLE, BLIS_KC, context)};
}

char *blas_describe(char *out, size_t size)
{
    bli_init();
    snprintf(out, size, "BLIS %s (%s)", bli_info_get_version_str(),
             bli_arch_string(bli_arch_query_id()));
    return out;
}
#else
void blas_gemm(size_t m, size_t n, size_t k, const double *a, size_t lda,
               const double *b, size_t ldb, double keep, double *c, size_t ldc)
{
    blas_reference_gemm(m, n, k, a, lda, b, ldb, keep, c, ldc);
}

struct blas_blocks blas_blocks(void)
{
    return (struct blas_blocks){4, 8, 256};
}

char *blas_describe(char *out, size_t size)
{
    snprintf(out, size, "plain C");
    return out;
}
#endif
