/* SPDX-License-Identifier: Apache-2.0 */
/* What each warning means: the pages of `drive explain`. */
#include "results/verdict/warnings.h"

const struct warning_text warning_table[WARNINGS_MAX] = {
    {
        .code = "W101",
        .title = "the clock frequency is not fixed",
        .checked =
            "The governor of every CPU that may be used, the limits set on "
            "its frequency, and whether turbo is allowed (cpufreq, "
            "intel_pstate). Where cycles can be counted, a run goes by the "
            "clock that each executor really had, and by nothing else.",
        .effect =
            "The clock follows load, heat and the number of busy cores. Trials "
            "of the same executor spread more, and serial, alone on its "
            "package, may run at a higher clock than a full team: all "
            "speed-ups look smaller than they are. Executors with as many "
            "workers stay comparable, for the blocks put them in random order.",
        .remedy =
            "Judge the executors against each other rather than by their "
            "speed-up over serial; give it more blocks (--rigorous). Some "
            "sites let jobs choose a clock: srun --cpu-freq=2000000 (kHz).",
        .site =
            "cpupower frequency-set --governor performance. Turbo off: echo 0 "
            "> /sys/devices/system/cpu/cpufreq/boost, or echo 1 > "
            "/sys/devices/system/cpu/intel_pstate/no_turbo.",
    },
    {
        .code = "W102",
        .title = "hardware threads of one core are shared",
        .checked =
            "Whether two workers sit on the hardware threads (SMT siblings) of "
            "one core; for doctor, whether the siblings of the CPUs that may "
            "be used belong to somebody else.",
        .effect =
            "Siblings share the arithmetic units and the caches of their core. "
            "Each worker runs at some 50 to 70 % of what it does alone, and "
            "how much depends on what its sibling does at that moment.",
        .remedy =
            "One worker a core: -n cores with -p core, which is the default. "
            "Under Slurm: --hint=nomultithread, for sbatch and srun both.",
        .site =
            "echo off > /sys/devices/system/cpu/smt/control, or have the batch "
            "system give out whole cores (Slurm: CR_Core).",
    },
    {
        .code = "W103",
        .title = "workers have no place of their own",
        .checked =
            "The number of workers against the cores of the cpuset and of the "
            "affinity mask, and against the CPU quota of the cgroups up to the "
            "root (versions 1 and 2); whether each worker was bound where it "
            "was planned, and seen there; Slurm's CPUs for each task against "
            "the mask that the task got.",
        .effect =
            "Workers that share a core take turns, in slices of milliseconds: "
            "times show the scheduler and not the executor, and executors that "
            "wait by spinning lose most. Above a quota all workers are stopped "
            "for the rest of each period (100 ms by default).",
        .remedy =
            "Fewer workers (-n). Under mpirun ask for more cores or fewer "
            "ranks. Since Slurm 22.05 srun does not take over "
            "--cpus-per-task from sbatch: give it to both. In a container give "
            "whole CPUs (docker run --cpuset-cpus=0-3 rather than --cpus=4).",
        .site = "Raise or lift the quota (cpu.max); Kubernetes: the static CPU "
                "manager policy with whole CPUs as both request and limit.",
    },
    {
        .code = "W104",
        .title = "stopped by the quota of a cgroup",
        .checked = "throttled_usec of our cgroup's cpu.stat (throttled_time in "
                   "version 1), before and after every trial.",
        .effect =
            "For a part of the trial no worker ran at all. That time counts as "
            "the executor's, in jumps of up to a period (100 ms by default).",
        .remedy =
            "Stay below the quota: fewer workers (-n), so that nothing else in "
            "the same container pushes them over it. `drive doctor` shows the "
            "quota.",
        .site = "Raise or lift it: cpu.max, or the limit in the container's "
                "description; give out CPUs by cpuset instead.",
    },
    {
        .code = "W105",
        .title = "others used our cores",
        .checked =
            "For every worker and trial the time it was ready to run while its "
            "core ran something else (schedstat), and starts that were missed; "
            "for doctor, the tasks ready to run and what a spinning thread "
            "loses in 0.4 s. The load average is shown and not judged, for it "
            "looks back in time.",
        .effect =
            "The worker that was held up makes its whole team wait: the team's "
            "time is that of its slowest. The larger the team, the likelier "
            "that one of them is hit. Medians bear it while fewer than a "
            "quarter of the trials are.",
        .remedy =
            "Look with top who it is; wait, or ask for the node alone "
            "(--exclusive). One core left free for the others often helps more "
            "than it costs: -n with one worker less. More blocks help against "
            "what comes and goes.",
        .site = "Keep daemons and interrupts on cores of their own (cpusets, "
                "CoreSpecCount in Slurm, irqbalance's ban list), or isolcpus.",
    },
    {
        .code = "W106",
        .title = "memory pages differ between the executors",
        .checked =
            "Page faults of each executor's trials against each other, and "
            "with -P pages=native whether private and shared memory follow "
            "different switches (transparent_hugepage: enabled against "
            "shmem_enabled).",
        .effect =
            "A fault costs from a quarter of a microsecond to a few; huge "
            "pages save most of them, and many misses of the TLB. Where only "
            "private memory gets huge pages, threads win by up to 15 % for a "
            "reason that is none of theirs.",
        .remedy =
            "-P pages=base, the default of kernels that have it, gives all "
            "executors pages of the same size. Where a kernel takes fresh "
            "memory in its step, that cost is part of what it measures.",
        .site =
            "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled "
            "gives shared memory what madvise gives private memory.",
    },
    {
        .code = "W107",
        .title = "NUMA: the system moves pages while it is timed",
        .checked = "kernel.numa_balancing, where there is more than one NUMA "
                   "domain.",
        .effect =
            "The system takes pages away for a moment, to see who touches "
            "them, and moves some to another domain. That costs faults in the "
            "trials, differently from executor to executor, although bound "
            "workers that touched their memory first have it near already.",
        .remedy =
            "Stay inside one domain: -p numa:0 with as many workers as it has "
            "cores, or numactl --cpunodebind=0 --membind=0 in front of drive.",
        .site = "sysctl kernel.numa_balancing=0",
    },
    {
        .code = "W108",
        .title = "heat, swapping or scarce memory",
        .checked =
            "Major faults and pages swapped during a trial; whether all teams "
            "fit in memory together; for doctor also the events of thermal "
            "throttling that the CPUs count.",
        .effect =
            "Reading a page back from disk takes as long as millions of "
            "instructions. A CPU that is too hot lowers its clock for all that "
            "run on it. Teams that are rebuilt for every trial meet cold "
            "caches and fresh pages each time.",
        .remedy = "A smaller problem (-P), fewer workers in replicate mode, or "
                  "fewer executors at once (-e). Ask the batch system for more "
                  "memory. On a laptop: on mains power, cool, lid open.",
        .site = "No swap on compute nodes; check fans and power limits of "
                "nodes that count thermal events (drive doctor on each).",
    },
    {
        .code = "W109",
        .title = "the hypervisor gave our cores to others",
        .checked =
            "Whether this is a virtual machine or a container; the steal time "
            "of the CPUs that may be used, before and after every trial. Being "
            "virtual alone is no reason to warn.",
        .effect =
            "Stolen time counts as the executor's. Steal is told in steps of "
            "10 ms, so that short trials can be hit unseen. Virtual cores may "
            "also be hardware threads of one core without saying so.",
        .remedy =
            "More blocks (--rigorous) and short trials; run at a quieter hour; "
            "take a machine type with dedicated CPUs. Keep to comparisons "
            "inside one run: two runs may have had different neighbours.",
        .site = "Pin virtual CPUs to cores, one to one, and do not give out "
                "more of them than there are.",
    },
    {
        .code = "W110",
        .title = "reading the clock is slow",
        .checked =
            "The clock source of the kernel, and for doctor what a reading "
            "costs. Sources that are read without a system call, as tsc on "
            "x86, kvm-clock in virtual machines or arch_sys_counter on ARM, "
            "are good.",
        .effect =
            "A reading costs a microsecond or more instead of some 25 ns, and "
            "all workers take turns at the one device that has the time. Short "
            "trials and the verbs' own stamps show the clock, more so the more "
            "workers there are.",
        .remedy =
            "Larger problems, so that a trial lasts milliseconds: the clock is "
            "then less than the margin. Read communication shares of short "
            "trials as upper limits.",
        .site = "See in the kernel's log why tsc was given up (often: marked "
                "unstable by the watchdog); after a firmware update try the "
                "kernel's option tsc=reliable.",
    },
    {
        .code = "W111",
        .title = "places are not alike, or share a cache with others",
        .checked =
            "The balance of the workers' times, in trials that nothing else "
            "disturbed: mean over slowest below 0.80; for doctor, which CPUs "
            "share the last cache with those that may be used.",
        .effect =
            "The slowest worker sets the time, the others wait for it: cores "
            "of different kinds or clocks, a cache or memory channel shared "
            "more widely on one side, or a problem that does not divide evenly "
            "among so many workers.",
        .remedy =
            "See with `drive pin` who sits where; try -p spread, or a number "
            "of workers that divides the problem and the domains. On machines "
            "with slow and fast cores use no more workers than fast ones.",
        .site =
            "Give out whole caches or packages (Slurm: CR_Socket, or l3cache "
            "as socket).",
    },
    {
        .code = "W112",
        .title = "no hardware counters",
        .checked =
            "Whether perf_event_open may count cycles of our own processes, "
            "what it answered if not, and kernel.perf_event_paranoid. Only "
            "doctor tells; a run goes on without them.",
        .effect =
            "Times, intervals and verdicts are the same. What is missing is "
            "what rests on counters: cycles and instructions of each trial, "
            "and with them the clock that each executor really ran at.",
        .remedy =
            "None is needed. In a container: docker run --cap-add=PERFMON, or "
            "a seccomp profile that allows perf_event_open. Many virtual "
            "machines have no counters to give.",
        .site = "sysctl kernel.perf_event_paranoid=2 lets users count what "
                "their own processes do.",
    },
    {
        .code = "W113",
        .title = "a build or a tool that slows the program",
        .checked =
            "The build's optimisation, sanitizers built in, a debugger "
            "attached, and LD_PRELOAD, by which profilers and checkers come "
            "in.",
        .effect =
            "Sanitizers and unoptimised code are 2 to 20 times slower, and not "
            "evenly: what is cheap in threads may become dear. A preloaded "
            "library may stand between the program and malloc, MPI or pthread.",
        .remedy =
            "cmake --preset release && cmake --build --preset release; unset "
            "LD_PRELOAD; no debugger, no profiler. Figures of such runs are "
            "for correctness only.",
        .site = "Modules that set LD_PRELOAD for everybody (I/O or MPI "
                "profilers) need a way to be left out: module unload.",
    },
    {
        .code = "W114",
        .title = "the file system is made of memory",
        .checked = "The type of the file system of the working directory; in "
                   "runs only for kernels that work on files.",
        .effect =
            "On tmpfs a write is a copy in memory: no device, no write-back, "
            "nothing to wait for. Readings compare locks and copies of the "
            "kernel rather than storage. Records written there end with the "
            "node or the job.",
        .remedy =
            "Work in a directory on the storage that is meant (cd, or -o for "
            "the record alone). On storage, reads of what was just written "
            "come from the page cache, unless the data are larger than memory "
            "or are read directly.",
        .site = "Tell users which directories are local disks and which are "
                "memory.",
    },
    {
        .code = "W115",
        .title = "the node is shared with other jobs",
        .checked = "In a Slurm job, its CPUs on this node against those the "
                   "node has. Up to an eighth kept for the system is no reason "
                   "to warn.",
        .effect =
            "Other jobs share memory channels, the last cache, the network and "
            "the power budget, on cores that we do not see. Kernels bound by "
            "memory may change by tens of percent, from one hour to the next.",
        .remedy = "Ask for the whole node: --exclusive; or compare only inside "
                  "one run, where all executors have the same neighbours.",
        .site = "A partition with OverSubscribe=EXCLUSIVE for measurements.",
    },
};
