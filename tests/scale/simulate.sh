#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# simulate.sh NODES PROGRAM [ARGUMENTS]: runs a program that smpicc made on a
# simulated cluster: flat, 2 Tflop/s a node, 25 GB/s and 1 us a link. What the
# result depends on is printed first.
set -euo pipefail

nodes=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/platform.xml" <<XML
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
 <zone id="world" routing="Full">
  <cluster id="cluster" prefix="n-" radical="0-$((nodes - 1))" suffix=""
           speed="2Tf" bw="25GBps" lat="1us" loopback_bw="200GBps"
           loopback_lat="200ns"/>
 </zone>
</platform>
XML
seq -f 'n-%.0f' 0 $((nodes - 1)) >"$folder/hosts"

# Computation is modelled, not timed: the same figures on every machine. Half a
# microsecond of a core for every send, receive and test; without the factors that
# were fitted to an old Ethernet; messages below 64 KiB do not wait for their
# receiver.
options=(
    --cfg=smpi/simulate-computation:no
    --cfg=smpi/lat-factor:0:1 --cfg=smpi/bw-factor:0:1
    "--cfg=network/crosstraffic:${CROSSTRAFFIC:-no}"
    --cfg=smpi/os:0:5e-7:0 --cfg=smpi/or:0:5e-7:0
    "--cfg=smpi/test:${LOOK:-5e-7}" --cfg=smpi/iprobe:1e-7 --cfg=smpi/wtime:0 --cfg=smpi/grow-injected-times:no
    --cfg=smpi/async-small-thresh:65536
    --cfg=smpi/coll-selector:ompi --cfg=smpi/bcast:binomial_tree
    --cfg=smpi/shared-malloc:global
    --cfg=smpi/shared-malloc-blocksize:67108864
    --cfg=contexts/stack-size:128 --cfg=contexts/guard-size:0
)
printf 'options %s\n' "${options[*]}"
smpirun -np "$nodes" -platform "$folder/platform.xml" \
    -hostfile "$folder/hosts" -no-privatize --log=root.thres:error \
    "${options[@]}" "$@"
