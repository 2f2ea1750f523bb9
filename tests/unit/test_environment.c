/* SPDX-License-Identifier: Apache-2.0 */
#include "results/record/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "results/record/json.h"
#include "results/record/limits.h"
#include "results/record/variables.h"

/* A tree of our own stands for the machine. */
static char root[64];

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/drive-machine-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static void put_file(const char *path, const char *text)
{
    char name[512];
    FILE *file;

    snprintf(name, sizeof name, "%s%s", root, path);
    for (char *slash = name + strlen(root); (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        mkdir(name, 0777);
        *slash = '/';
    }
    file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static struct environment seen(const char *cpus)
{
    struct environment env;
    struct cpuset set;

    assert_int_equal(cpuset_parse(&set, cpus, NULL), 0);
    environment_clear(&env);
    environment_read(&env, root, &set);
    return env;
}

/* -- files --------------------------------------------------------------- */

static void test_nothing_there_is_nothing_known(void **state)
{
    struct environment env, clear;

    (void)state;
    environment_clear(&clear);
    env = seen("0-3");
    assert_int_equal(env.frequency_cpus, 0); /* this much is known */
    assert_int_equal(env.governor_cpus, 0);
    env.frequency_cpus = env.governor_cpus = -1;
    assert_memory_equal(&env, &clear, sizeof env);
}

static void test_processor(void **state)
{
    struct environment env;

    (void)state;
    put_file("/proc/cpuinfo", "processor\t: 0\n"
                              "vendor_id\t: AuthenticAMD\n"
                              "cpu family\t: 25\n"
                              "model\t\t: 17\n"
                              "model name\t: AMD EPYC 9654 \n"
                              "stepping\t: 1\n"
                              "microcode\t: 0x1000065\n"
                              "flags\t\t: fpu vme hypervisor lahf_lm\n"
                              "\n"
                              "processor\t: 1\n"
                              "model name\t: another\n");
    env = seen("0");
    assert_string_equal(env.cpu, "AMD EPYC 9654");
    assert_string_equal(env.cpu_vendor, "AuthenticAMD");
    assert_string_equal(env.microcode, "0x1000065");
    assert_int_equal(env.cpu_family, 25);
    assert_int_equal(env.cpu_model, 17);
    assert_int_equal(env.cpu_stepping, 1);
    assert_int_equal(env.hypervisor, 1);
    put_file("/proc/cpuinfo", "cpu\t: POWER9, altivec supported\n");
    env = seen("0");
    assert_string_equal(env.cpu, "POWER9, altivec supported");
    assert_int_equal(env.hypervisor, -1);
    assert_int_equal(env.cpu_model, -1);
}

#define CPU "/sys/devices/system/cpu"

static void test_frequency_of_allowed_cpus_only(void **state)
{
    struct environment env;

    (void)state;
    put_file(CPU "/cpu0/cpufreq/scaling_governor", "powersave\n");
    put_file(CPU "/cpu1/cpufreq/scaling_governor", "performance\n");
    put_file(CPU "/cpu2/cpufreq/scaling_governor", "performance\n");
    put_file(CPU "/cpu3/cpufreq/scaling_governor", "powersave\n");
    put_file(CPU "/cpu1/cpufreq/scaling_driver", "acpi-cpufreq\n");
    put_file(CPU "/cpu1/cpufreq/scaling_min_freq", "1500000\n");
    put_file(CPU "/cpu1/cpufreq/scaling_max_freq", "3700000\n");
    put_file(CPU "/intel_pstate/no_turbo", "0\n");
    env = seen("1-3");
    assert_string_equal(env.governor, "performance");
    assert_int_equal(env.governor_cpus, 2);
    assert_int_equal(env.frequency_cpus, 3);
    assert_string_equal(env.frequency_driver, "acpi-cpufreq");
    assert_int_equal(env.frequency_min_hz, 1500000000);
    assert_int_equal(env.frequency_max_hz, 3700000000);
    assert_int_equal(env.boost, 1);
    put_file(CPU "/cpufreq/boost", "0\n");
    assert_int_equal(seen("1").boost, 0);
}

static void test_switches(void **state)
{
    struct environment env;

    (void)state;
    put_file("/sys/kernel/mm/transparent_hugepage/enabled",
             "always [madvise] never\n");
    put_file("/sys/kernel/mm/transparent_hugepage/shmem_enabled",
             "always within_size advise [never] deny force\n");
    put_file("/proc/sys/kernel/numa_balancing", "1\n");
    put_file("/proc/sys/kernel/randomize_va_space", "2\n");
    put_file("/proc/meminfo", "MemTotal:       65536 kB\nMemFree: 1 kB\n");
    put_file("/proc/loadavg", "0.50 1.25 2.00 3/456 7890\n");
    put_file("/sys/devices/system/clocksource/clocksource0/"
             "current_clocksource",
             "tsc\n");
    put_file("/etc/os-release", "NAME=\"Debian\"\n"
                                "PRETTY_NAME=\"Debian GNU/Linux 12\"\n");
    env = seen("0");
    assert_string_equal(env.thp, "madvise");
    assert_string_equal(env.thp_shmem, "never");
    assert_int_equal(env.numa_balancing, 1);
    assert_int_equal(env.aslr, 2);
    assert_int_equal(env.memory_bytes, 65536 * 1024);
    assert_true(env.load[1] == 1.25);
    assert_int_equal(env.running, 3);
    assert_int_equal(env.tasks, 456);
    assert_string_equal(env.clock_source, "tsc");
    assert_string_equal(env.os, "Debian GNU/Linux 12");
}

static void test_secrets_of_the_kernel_line(void **state)
{
    (void)state;
    put_file("/proc/cmdline", "quiet isolcpus=1-3 boot_token=abc123 ro "
                              "nfs.password=x security=selinux\n");
    assert_string_equal(seen("0").kernel_options,
                        "quiet isolcpus=1-3 boot_token=(hidden) ro "
                        "nfs.password=(hidden) security=selinux");
}

static void test_container(void **state)
{
    (void)state;
    put_file("/proc/self/cgroup", "0::/kubepods/besteffort/pod1\n");
    assert_string_equal(seen("0").container, "kubepods");
    put_file("/.dockerenv", "");
    assert_string_equal(seen("0").container, "docker");
    put_file("/run/systemd/container", "systemd-nspawn\n");
    assert_string_equal(seen("0").container, "systemd-nspawn");
}

/* -- control groups ------------------------------------------------------ */

#define GROUP "/sys/fs/cgroup"

static void test_limits_of_version_2(void **state)
{
    struct limits limits;

    (void)state;
    put_file("/proc/self/cgroup", "0::/job_1/step_0\n");
    put_file(GROUP "/job_1/step_0/cpu.max", "max 100000\n");
    put_file(GROUP "/job_1/cpu.max", "150000 100000\n");
    put_file(GROUP "/cpu.max", "400000 100000\n");
    put_file(GROUP "/job_1/step_0/memory.max", "max\n");
    put_file(GROUP "/job_1/memory.max", "1073741824\n");
    limits = limits_read(root);
    assert_true(limits.cpus == 1.5);
    assert_int_equal(limits.memory, 1073741824);
}

static void test_limits_of_version_1(void **state)
{
    struct limits limits;

    (void)state;
    put_file("/proc/self/cgroup", "5:memory:/job\n"
                                  "4:cpu,cpuacct:/job\n"
                                  "3:cpuset:/\n");
    put_file(GROUP "/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
    put_file(GROUP "/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    put_file(GROUP "/memory/job/memory.limit_in_bytes",
             "9223372036854771712\n");
    limits = limits_read(root);
    assert_true(limits.cpus == -1);
    assert_int_equal(limits.memory, -1);
    put_file(GROUP "/cpu,cpuacct/job/cpu.cfs_quota_us", "50000\n");
    put_file(GROUP "/memory/memory.limit_in_bytes", "4096\n");
    limits = limits_read(root);
    assert_true(limits.cpus == 0.5);
    assert_int_equal(limits.memory, 4096);
}

/* Inside a container the path may not exist, or lead out of it. */
static void test_limits_from_inside_a_container(void **state)
{
    (void)state;
    put_file(GROUP "/cpu.max", "200000 100000\n");
    put_file("/proc/self/cgroup", "0::/docker/0123456789/not-here\n");
    assert_true(limits_read(root).cpus == 2);
    put_file("/proc/self/cgroup", "0::/../..\n");
    assert_true(limits_read(root).cpus == 2);
    put_file("/proc/self/cgroup", "nonsense\n::\n:\n0:\n");
    assert_true(limits_read(root).cpus == -1 || limits_read(root).cpus == 2);
}

/* -- variables ----------------------------------------------------------- */

static void test_variables_by_a_list(void **state)
{
    static const char *const kept[] = {
        "OMP_NUM_THREADS",  "GOMP_SPINCOUNT",
        "KMP_AFFINITY",     "OMPI_MCA_btl",
        "PMIX_RANK",        "MPICH_VERSION",
        "BLIS_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "SLURM_JOB_ID",     NULL};
    static const char *const left_out[] = {
        "PATH",
        "HOME",
        "AWS_SECRET_ACCESS_KEY",
        "SLURM_JOB_USER",
        "SLURM_JOB_ID_X",
        "SLURM_NTASKS_PER_NODE",
        "omp_num_threads",
        "",
        "OMPI_MCA_orte_precondition_transports",
        "PMIX_SERVER_URI2",
        "OMP_MY_TOKEN",
        NULL};

    (void)state;
    for (int i = 0; kept[i]; i++)
        assert_true(variable_kept(kept[i]));
    for (int i = 0; left_out[i]; i++)
        assert_false(variable_kept(left_out[i]));
}

static void test_variables_are_sorted_copies(void **state)
{
    char *const given[] = {"PATH=/bin", "OMP_PLACES=cores", "OMP_BROKEN",
                           "GOMP_DEBUG=", NULL};
    char **list;

    (void)state;
    assert_int_equal(variables_collect(given, &list, NULL), 0);
    assert_string_equal(list[0], "GOMP_DEBUG=");
    assert_string_equal(list[1], "OMP_PLACES=cores");
    assert_null(list[2]);
    variables_free(list);
    variables_free(NULL);
}

/* -- this machine -------------------------------------------------------- */

static void test_this_machine(void **state)
{
    struct environment *env;
    struct err err;

    (void)state;
    assert_int_equal(environment_collect(&env, &err), 0);
    assert_true(*env->host && *env->kernel);
    assert_true(env->cores >= 1 && env->cores <= env->pus);
    assert_true(env->pus <= env->all_pus && env->cores <= env->all_cores);
    assert_true(env->numas <= env->all_numas);
    assert_true(env->packages <= env->all_packages);
    assert_true(env->memory_bytes > 0);
    assert_true(*env->version && *env->compiler);
    environment_free(env);
    environment_free(NULL);
}

static void test_json_has_no_secret(void **state)
{
    struct environment *env;
    struct err err;
    json_t *node, *variables;
    char *text;

    (void)state;
    setenv("DRIVE_TEST_PASSWORD", "correct-horse-battery", 1);
    setenv("OMP_API_TOKEN", "correct-horse-battery", 1);
    setenv("OMP_SCHEDULE", "static,\xff", 1);
    setenv("OMP_\xff", "1", 1);
    assert_int_equal(environment_collect(&env, &err), 0);
    node = environment_node(env);
    assert_non_null(node);
    text = json_dumps(node, 0);
    assert_non_null(text);
    assert_null(strstr(text, "correct-horse-battery"));
    assert_null(strstr(text, "DRIVE_TEST_PASSWORD"));
    variables = json_object_get(node, "variables");
    assert_string_equal(
        json_string_value(json_object_get(variables, "OMP_SCHEDULE")),
        "static,\xef\xbf\xbd");
    assert_non_null(json_object_get(variables, "OMP_\xef\xbf\xbd"));
    free(text);
    json_decref(node);
    environment_free(env);
}

static void test_json_of_nothing_is_null(void **state)
{
    struct environment env;
    const char *name;
    json_t *node, *value;

    (void)state;
    environment_clear(&env);
    node = environment_node(&env);
    json_object_foreach(node, name, value)
    {
        bool empty = json_is_null(value) ||
                     (json_is_array(value) && !json_array_size(value)) ||
                     (json_is_object(value) && !json_object_size(value));

        if (!empty)
            fail_msg("'%s' is known", name);
    }
    json_decref(node);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_there_is_nothing_known),
        TEST(test_processor),
        TEST(test_frequency_of_allowed_cpus_only),
        TEST(test_switches),
        TEST(test_secrets_of_the_kernel_line),
        TEST(test_container),
        TEST(test_limits_of_version_2),
        TEST(test_limits_of_version_1),
        TEST(test_limits_from_inside_a_container),
        cmocka_unit_test(test_variables_by_a_list),
        cmocka_unit_test(test_variables_are_sorted_copies),
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_json_has_no_secret),
        cmocka_unit_test(test_json_of_nothing_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
