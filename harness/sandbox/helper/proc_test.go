//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const realStatus = `Name:	shop server
Umask:	0022
State:	S (sleeping)
Tgid:	7
Pid:	7
PPid:	1
TracerPid:	0
Uid:	65532	65533	65534	65535
Gid:	100	101	102	103
FDSize:	64
Groups:	100 1000
VmRSS:	    6712 kB
Threads:	9
NoNewPrivs:	1
Seccomp:	2
CapInh:	0000000000000000
CapPrm:	00000000a80425fb
CapEff:	0000000000000400
CapBnd:	00000000a80425fb
`

func TestAStatusIsReadWithAllItsIds(t *testing.T) {
	assert.Equal(t, process{
		PID: 7, PPID: 1, Name: "shop server", State: "S", Threads: 9, RSS: 6712 << 10,
		UIDs: []int{65532, 65533, 65534, 65535}, GIDs: []int{100, 101, 102, 103}, Groups: []int{100, 1000},
		CapEffective: "0000000000000400", CapBounding: "00000000a80425fb", NoNewPrivs: true, Seccomp: 2,
	}, parseStatus(realStatus))
	assert.Equal(t, process{}, parseStatus(""))
	assert.Nil(t, parseStatus("Uid:\t1 x 2 3").UIDs, "half of them would be taken for others")
}

func TestThisProcessIsReadAsTheKernelHasIt(t *testing.T) {
	p, err := readProcess("/proc/self")
	require.NoError(t, err)
	dir, err := os.Getwd()
	require.NoError(t, err)
	assert.Equal(t, []any{os.Getpid(), os.Getuid(), dir, os.Args}, []any{p.PID, p.UIDs[effective], p.WorkDir, p.Args})
	assert.NotZero(t, p.Limits["Max open files"])
	assert.Positive(t, p.OpenFiles)
	_, err = readProcess("/proc/0")
	assert.Error(t, err)
}

const realLimits = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             unlimited            unlimited            bytes     
Max stack size            8388608              unlimited            bytes     
Max processes             47                   94                   processes 
Max open files            1024                 1048576              files     
Max realtime timeout      unlimited            unlimited            us        
`

func TestSoftLimitsAreReadByTheirNames(t *testing.T) {
	assert.Equal(t, map[string]int64{
		"Max cpu time": -1, "Max file size": -1, "Max stack size": 8388608, "Max processes": 47, "Max open files": 1024, "Max realtime timeout": -1,
	}, parseResourceLimits(realLimits))
	assert.Empty(t, parseResourceLimits("Max open files 1 2 files\nMax open files            x   1"))
}

func TestMountsAreReadWithTheirOptions(t *testing.T) {
	table := strings.Join([]string{
		`1 0 0:30 / / ro,relatime - overlay overlay rw,lowerdir=/var/lib/docker/a:/var/lib/docker/b,upperdir=/var/lib/docker/c,workdir=/w`,
		`2 1 0:31 / /srv/my\040data rw,nosuid,noexec shared:7 master:1 - tmpfs tmpfs rw,size=1024k`,
		`3 1 8:1 /x /etc/resolv.conf rw,relatime - ext4 /dev/sda1 ro`,
		`4 1 0:32 / /gone rw - tmpfs tmpfs rw`,
		`5 1 0:33 / /look ro - ext4 /dev/sda1 rw`,
		`6 1 0:34 / /gone rw - ext4 /dev/sdb rw`,
		`7 1 0:35 / /proc`, ``,
	}, "\n")
	assert.Equal(t, []mounted{
		{Path: "/", Type: "overlay", Source: "overlay", Options: "ro,relatime,rw", ReadOnly: true, Free: -1},
		{Path: "/srv/my data", Type: "tmpfs", Source: "tmpfs", Options: "rw,nosuid,noexec,size=1024k", NoExec: true, Free: -1},
		{Path: "/etc/resolv.conf", Type: "ext4", Source: "/dev/sda1", Options: "rw,relatime,ro", ReadOnly: true, Free: -1},
		{Path: "/gone", Type: "ext4", Source: "/dev/sdb", Options: "rw", Free: -1},
	}, parseMounts(table, []string{"/look"}))
}

func TestAPathIsOnTheDeepestMountAboveIt(t *testing.T) {
	list := []mounted{{Path: "/"}, {Path: "/srv"}, {Path: "/srv/data"}}
	for path, want := range map[string]string{
		"/": "/", "/etc": "/", "/srv": "/srv", "/srv/x": "/srv", "/srv/database": "/srv", "/srv/data/x/y": "/srv/data",
	} {
		assert.Equal(t, want, mountOf(list, path), path)
	}
	assert.Empty(t, mountOf(nil, "/"))
}

func TestControlGroupsOfBothVersionsAreRead(t *testing.T) {
	files := func(list map[string]string) string {
		dir := t.TempDir()
		for name, text := range list {
			file := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, []byte(text+"\n"), 0o600))
		}
		return dir
	}
	want := limits{
		Memory: 64 << 20, MemoryPeak: 60 << 20, MemoryFails: 7, OOMKills: 2, PIDs: 40, PIDsNow: 9, PIDsFails: 3, CPUs: 0.5, Throttled: 11,
	}
	assert.Equal(t, want, readLimits(files(map[string]string{
		"cgroup.controllers": "cpu memory pids", "memory.max": "67108864", "memory.peak": "62914560",
		"memory.events": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 2\noom_group_kill 0",
		"pids.max":      "40", "pids.current": "9", "pids.events": "max 3",
		"cpu.max": "50000 100000", "cpu.stat": "usage_usec 1\nnr_periods 20\nnr_throttled 11",
	})))
	assert.Equal(t, want, readLimits(files(map[string]string{
		"memory/memory.limit_in_bytes": "67108864", "memory/memory.max_usage_in_bytes": "62914560", "memory/memory.failcnt": "7",
		"memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2",
		"pids/pids.max":             "40", "pids/pids.current": "9", "pids/pids.events": "max 3",
		"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000", "cpu/cpu.stat": "nr_periods 20\nnr_throttled 11\nthrottled_time 5",
	})))
	assert.Equal(t, limits{}, readLimits(files(map[string]string{
		"cgroup.controllers": "memory", "memory.max": "max", "pids.max": "max", "cpu.max": "max 100000",
	})), "no limit is none")
	assert.Equal(t, limits{}, readLimits(files(map[string]string{
		"memory/memory.limit_in_bytes": "9223372036854771712", "pids/pids.max": "max", "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000",
	})), "no limit is none")
	assert.Equal(t, limits{}, readLimits(t.TempDir()))
}

func FuzzTablesOfTheKernel(f *testing.F) {
	f.Add(realStatus)
	f.Add(realLimits)
	f.Add(`2 1 0:31 / /srv/my\040data rw,nosuid,noexec shared:7 master:1 - tmpfs tmpfs rw,size=1024k`)
	f.Add(`1 1 0:31 / /a\ rw - x \0400 rw`)
	f.Add("max 18446744073709551616\noom_kill -3")
	f.Fuzz(func(t *testing.T, text string) {
		p := parseStatus(text)
		require.GreaterOrEqual(t, p.RSS, int64(-1<<63))
		for name, n := range parseResourceLimits(text) {
			require.True(t, strings.HasPrefix(name, "Max ") && n >= -1)
		}
		for _, m := range parseMounts(text, nil) {
			require.LessOrEqual(t, len(m.Path), len(text))
			require.NotContains(t, m.Options, "lowerdir=")
		}
		require.GreaterOrEqual(t, bound(text), int64(0))
		require.GreaterOrEqual(t, field(text, "max"), int64(0))
		require.GreaterOrEqual(t, quota(strings.Fields(text)), 0.0)
	})
}
