/* SPDX-License-Identifier: Apache-2.0 */
/* What each warning means, in Chinese: row by row as warnings_table.c. */
#include "results/verdict/warnings.h"

const struct warning_text warning_chinese[WARNINGS_MAX] = {
    {
        .code = "W101",
        .title = "时钟频率未固定",
        .checked =
            "所有可用 CPU 的调频策略、频率上下限以及是否允许睿频（cpufreq、"
            "intel_"
            "pstate）。若能计数时钟周期，则只看各执行方式实际运行的频率。",
        .effect = "频率随负载、温度和忙碌核心数变化：同一执行方式的试验更分散；"
                  "serial "
                  "独占处理器时频率可能高于满员团队，使所有加速比显得偏小。工作"
                  "者数相同的"
                  "执行方式仍可比较，因为各区组内次序随机。",
        .remedy =
            "比较各执行方式之间的差异，而不是对 serial 的加速比；多测一些区组"
            "（--rigorous）。有些站点允许作业选择频率：srun "
            "--cpu-freq=2000000（kHz）。",
        .site =
            "cpupower frequency-set --governor performance。关闭睿频：echo 0 > "
            "/sys/devices/system/cpu/cpufreq/boost，或 echo 1 > "
            "/sys/devices/system/cpu/intel_pstate/no_turbo。",
    },
    {
        .code = "W102",
        .title = "共用同一核心的硬件线程",
        .checked =
            "是否有两个工作者位于同一核心的两个硬件线程（SMT）上；doctor "
            "还检查可用 CPU 的同核硬件线程是否属于别人。",
        .effect =
            "同核的硬件线程共用运算单元和缓存：每个工作者只有独占时 50 至 70 % "
            "的速度，具体多少取决于同核的另一个此刻在做什么。",
        .remedy = "每个核心一个工作者：-n 取核心数并用 -p core（默认）。在 "
                  "Slurm 下对 sbatch "
                  "和 srun 都加 --hint=nomultithread。",
        .site = "echo off > "
                "/sys/devices/system/cpu/smt/control，或让批处理系统按整核分配"
                "（Slurm：CR_Core）。",
    },
    {
        .code = "W103",
        .title = "工作者没有各自的位置",
        .checked =
            "工作者数与 cpuset 和亲和性掩码中的核心数、与直到根的各级 "
            "cgroup（v1 和 "
            "v2）的 CPU "
            "配额相比；每个工作者是否绑定在计划的位置并在那里被看到；Slurm "
            "每个任务的 CPU 数与任务实得的掩码相比。",
        .effect = "共用核心的工作者以毫秒为片轮流运行：用时反映的是调度器而不是"
                  "执行方式，"
                  "自旋等待的执行方式损失最大。超出配额时，所有工作者在每个周期"
                  "（默认 100 "
                  "ms）的剩余时间内都被停止。",
        .remedy = "减少工作者（-n）。在 mpirun 下申请更多核心或更少 rank。自 "
                  "Slurm 22.05 起 "
                  "srun 不再沿用 sbatch 的 "
                  "--cpus-per-task：两处都要给出。容器应分配整个 "
                  "CPU（docker run --cpuset-cpus=0-3，而不是 --cpus=4）。",
        .site = "提高或取消配额（cpu.max）；Kubernetes：使用静态 CPU "
                "管理策略，request 与 "
                "limit 均为整数个 CPU。",
    },
    {
        .code = "W104",
        .title = "因 cgroup 配额被停止",
        .checked =
            "每次试验前后本 cgroup 的 cpu.stat 中的 throttled_usec（v1 为 "
            "throttled_time）。",
        .effect = "试验的一部分时间内没有任何工作者运行，这段时间却计入执行方式"
                  "的用时，一次"
                  "最多跳一个周期（默认 100 ms）。",
        .remedy =
            "不要用满配额：减少工作者（-n），以免同一容器内的其他任务使其超额。"
            "drive doctor 会显示配额。",
        .site = "提高或取消配额：cpu.max，或容器描述中的限制；改用 cpuset 分配 "
                "CPU。",
    },
    {
        .code = "W105",
        .title = "所用核心被别人占用",
        .checked = "每个工作者在每次试验中已就绪而核心在运行别的任务的时间（sch"
                   "edstat），以及"
                   "错过的起跑；doctor 检查就绪任务数和一个自旋线程在 0.4 "
                   "秒内的损失。平均负载只显示、不作判断，因为它反映的是过去。",
        .effect =
            "被耽搁的工作者使整个团队等待：团队的用时就是最慢者的用时。团队越大"
            "，其中之一"
            "被耽搁的可能越大。受影响的试验不到四分之一时，中位数不受影响。",
        .remedy = "用 top "
                  "看是谁；等待，或申请独占节点（--"
                  "exclusive）。给别人留出一个核心往往"
                  "得大于失：-n 减一。对时有时无的干扰，多测区组有帮助。",
        .site = "让守护进程和中断使用专门的核心（cpuset、Slurm 的 "
                "CoreSpecCount、irqbalance "
                "的禁用列表），或使用 isolcpus。",
    },
    {
        .code = "W106",
        .title = "各执行方式的内存页不同",
        .checked = "各执行方式的试验的缺页次数相互比较；使用 -P pages=native "
                   "时，私有内存与共享内存是否遵循不同的开关（transparent_"
                   "hugepage 的 enabled "
                   "与 shmem_enabled）。",
        .effect = "一次缺页耗时四分之一微秒到数微秒；大页能省去其中的大部分，也"
                  "能省去许多 TLB "
                  "缺失。若只有私有内存得到大页，threads 会占优多达 15 "
                  "%，而原因与线程无关。",
        .remedy =
            "-P pages=base "
            "使各执行方式的页大小相同，是有此参数的内核的默认值。若内核在每步"
            "中申请新内存，则该开销属于被测内容。",
        .site =
            "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled "
            "使共享内存也能像私有内存那样用 madvise 得到大页。",
    },
    {
        .code = "W107",
        .title = "NUMA：计时期间系统在迁移内存页",
        .checked = "有多个 NUMA 域时的 kernel.numa_balancing。",
        .effect = "系统会暂时解除页的映射以观察谁在访问，并把一些页迁到别的域。"
                  "这使试验中发生"
                  "缺页，各执行方式受影响不同；而绑定的工作者首次访问的内存本来"
                  "就在近处。",
        .remedy = "限制在一个域内：-p numa:0，工作者数不超过该域核心数；或在 "
                  "drive 前加 numactl "
                  "--cpunodebind=0 --membind=0。",
        .site = "sysctl kernel.numa_balancing=0",
    },
    {
        .code = "W108",
        .title = "过热、换页或内存不足",
        .checked = "试验期间的主缺页和换页数；所有团队能否同时放入内存；doctor "
                   "还检查 CPU "
                   "记录的过热节流事件。",
        .effect = "从磁盘读回一页的时间相当于数百万条指令。过热的 CPU "
                  "会降频，其上的所有任务都变慢。每次试验都重建的团队总是遇到冷"
                  "缓存和新页。",
        .remedy =
            "缩小问题（-P），在 replicate "
            "模式下减少工作者，或一次少测几种执行方式（-e）。向"
            "批处理系统申请更多内存。笔记本电脑：接电源、保持凉爽、打开屏盖。",
        .site = "计算节点不设交换区；对记录到过热事件的节点检查风扇和功率上限（"
                "在每个节点上运行 "
                "drive doctor）。",
    },
    {
        .code = "W109",
        .title = "虚拟机监控程序把核心给了别人",
        .checked = "是否为虚拟机或容器；每次试验前后可用 CPU "
                   "的窃取时间（steal）。仅仅是虚拟机"
                   "不会引起警告。",
        .effect = "被窃取的时间计入执行方式的用时。窃取时间以 10 ms "
                  "为单位报告，短试验可能在不知不觉中受影响。虚拟核心还可能是同"
                  "一物理核心的"
                  "硬件线程而不加说明。",
        .remedy =
            "多测区组（--rigorous）、缩短试验；换个清静的时段；选用独占 CPU "
            "的机型。只在同一次运行内比较：两次运行的邻居可能不同。",
        .site = "把虚拟 CPU 与核心一一绑定，不要超额分配。",
    },
    {
        .code = "W110",
        .title = "读取时钟很慢",
        .checked =
            "系统的时钟源；doctor "
            "还测量读取一次的开销。不经系统调用即可读取的时钟源是好的，"
            "如 x86 的 tsc、虚拟机的 kvm-clock、ARM 的 arch_sys_counter。",
        .effect = "读取一次需一微秒以上而不是约 25 "
                  "ns，而且所有工作者要轮流访问同一个计时设备。短试验和通信原语"
                  "自身的时间戳会把"
                  "读时钟的开销计入，工作者越多越明显。",
        .remedy = "加大问题，使一次试验持续数毫秒：读时钟的开销便小于容差。短试"
                  "验的通信占比应视为"
                  "上限。",
        .site = "在内核日志中查看 tsc "
                "为何被弃用（常见：被看门狗标为不稳定）；更新固件后可试内核"
                "参数 tsc=reliable。",
    },
    {
        .code = "W111",
        .title = "各位置不相同，或与别人共用缓存",
        .checked = "未受其他干扰的试验中工作者用时的均衡度：平均值与最慢者之比"
                   "低于 0.80；doctor "
                   "检查哪些 CPU 与可用 CPU 共用末级缓存。",
        .effect = "用时取决于最慢的工作者，其余的都在等它：核心种类或频率不同，"
                  "一侧的缓存或内存通道"
                  "被更多核心共用，或问题不能按工作者数均分。",
        .remedy = "用 drive pin 查看谁在哪里；试 -p "
                  "spread，或选择能整除问题和域的工作者数。在快慢核心混合的机器"
                  "上，工作者数不要"
                  "超过快核心数。",
        .site = "按整个缓存或整个处理器分配（Slurm：CR_Socket，或把 l3cache "
                "作为 socket）。",
    },
    {
        .code = "W112",
        .title = "没有硬件计数器",
        .checked = "perf_event_open "
                   "能否为本程序的进程计数时钟周期，若不能则它的回答，以及 "
                   "kernel.perf_event_paranoid。只有 doctor "
                   "会报告；没有计数器时运行照常进行。",
        .effect = "用时、区间和结论都不变。缺少的是依赖计数器的内容：每次试验的"
                  "周期数和指令数，以及"
                  "由此得到的各执行方式的实际频率。",
        .remedy =
            "不需要处理。在容器中：docker run --cap-add=PERFMON，或使用允许 "
            "perf_event_open 的 seccomp 配置。许多虚拟机没有计数器可用。",
        .site =
            "sysctl kernel.perf_event_paranoid=2 允许用户为自己的进程计数。",
    },
    {
        .code = "W113",
        .title = "构建方式或工具使程序变慢",
        .checked =
            "构建的优化选项、编入的检查器（sanitizer）、附着的调试器，以及 "
            "LD_PRELOAD（性能分析和检查工具由此介入）。",
        .effect = "带检查器或未优化的代码慢 2 至 20 "
                  "倍，且快慢不均：线程中本来便宜的操作可能变贵。预加载的库可能"
                  "介入程序与 "
                  "malloc、MPI 或 pthread 之间。",
        .remedy =
            "cmake --preset release && cmake --build --preset release；unset "
            "LD_"
            "PRELOAD；不用调试器和性能分析工具。这类运行的数值只能用于检查正确"
            "性。",
        .site = "为所有人设置 LD_PRELOAD 的模块（I/O 或 MPI "
                "性能分析）应能被卸下：module "
                "unload。",
    },
    {
        .code = "W114",
        .title = "文件系统位于内存中",
        .checked = "工作目录所在文件系统的类型；运行时只对读写文件的内核检查。",
        .effect = "在 tmpfs "
                  "上写入就是内存复制：没有设备、没有回写、无需等待。测得的是系"
                  "统的锁和复制，"
                  "而不是存储。写在那里的记录随节点或作业消失。",
        .remedy = "在真正要测的存储上的目录中工作（cd；若只为记录则用 "
                  "-o）。即使在存储上，读取刚写入"
                  "的数据也来自页缓存，除非数据大于内存或绕过缓存直接读取。",
        .site = "告诉用户哪些目录是本地磁盘，哪些是内存。",
    },
    {
        .code = "W115",
        .title = "节点与其他作业共用",
        .checked = "在 Slurm 作业中，本节点上分得的 CPU "
                   "与节点全部的相比。为系统保留不超过八分之一不会引起警告。",
        .effect = "其他作业在我们看不到的核心上共用内存通道、末级缓存、网络和功"
                  "率预算。受内存限制的内核"
                  "在不同时刻可能相差百分之几十。",
        .remedy =
            "申请整个节点：--"
            "exclusive；或只在同一次运行内比较，此时各执行方式的邻居相同。",
        .site = "为测量设置一个 OverSubscribe=EXCLUSIVE 的分区。",
    },
};
