using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace FaceBias.Cli.Tests.Clusters;

/// <summary>A real Slurm on this machine: munged, slurmctld and some slurmd on ports of loopback, each a process that
/// was started here and is ended here. Nodes are named fb1, fb2, ...</summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly string[] s_programs = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"];
    private readonly Dictionary<string, Process> _processes = [];

    private SlurmCluster(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The file that Slurm's commands find by SLURM_CONF.</summary>
    public string Configuration => Path.Combine(Folder, "slurm.conf");

    /// <summary>Why it cannot be started here, or null.</summary>
    public static string? Missing() => !OperatingSystem.IsLinux() ? "Slurm runs on Linux"
        : s_programs.FirstOrDefault(p => Find(p) is null) is { } program
            ? $"needs {program} (Debian: apt install slurm-wlm munge)"
        : Environment.UserName != "root" ? "slurmd needs root" : null;

    private static string? Find(string program) =>
        new[] { "/usr/sbin", "/usr/bin" }.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    public static SlurmCluster Start(string folder, int nodes, int cpus)
    {
        var cluster = new SlurmCluster(Directory.CreateDirectory(folder).FullName);
        try
        {
            cluster.Start(nodes, cpus);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    private void Start(int nodes, int cpus)
    {
        var key = Path.Combine(Folder, "munge.key");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(1024));
        Allow(key, "400");
        foreach (var part in new[] { "munge", "state" })
            Allow(Directory.CreateDirectory(Path.Combine(Folder, part)).FullName, "755");
        Allow(Folder, "755");
        var (host, ports) = (Dns.GetHostName(), Ports(nodes + 1));
        File.WriteAllText(Configuration, string.Create(CultureInfo.InvariantCulture, $"""
            ClusterName=facebias
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={ports[0]}
            AuthInfo=socket={Folder}/munge/socket
            SlurmUser=root
            SlurmdUser=root
            StateSaveLocation={Folder}/state
            SlurmdSpoolDir={Folder}/spool-%n
            SlurmctldPidFile={Folder}/slurmctld.pid
            SlurmdPidFile={Folder}/%n.pid
            SlurmctldLogFile={Folder}/slurmctld.log
            SlurmdLogFile={Folder}/%n.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SwitchType=switch/none
            MpiDefault=none
            ReturnToService=2
            SlurmdTimeout=5
            KillWait=2
            SchedulerParameters=sched_interval=2,sched_min_interval=0,batch_sched_delay=0
            JobAcctGatherType=jobacct_gather/none

            """) + string.Concat(Enumerable.Range(1, nodes).Select(n => string.Create(CultureInfo.InvariantCulture,
                $"NodeName=fb{n} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[n]} CPUs={cpus} RealMemory=4000\n")))
            + "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n");
        Environment.SetEnvironmentVariable("SLURM_CONF", Configuration);
        Run("munged", "--foreground", "--force", $"--key-file={key}", $"--socket={Folder}/munge/socket",
            $"--pid-file={Folder}/munge/pid", $"--log-file={Folder}/munge/log", $"--seed-file={Folder}/munge/seed");
        Until("munged", () => File.Exists(Path.Combine(Folder, "munge", "socket")));
        Run("slurmctld", "-D", "-f", Configuration);
        for (var n = 1; n <= nodes; n++)
            Run($"fb{n}", "-D", "-N", $"fb{n}", "-f", Configuration);
        Until("slurmd", () => Call("sinfo", "--noheader", "--Node", "--format=%t") is var states
            && states.Split('\n', StringSplitOptions.RemoveEmptyEntries) is { } all && all.Length == nodes
            && all.All(s => s == "idle"));
    }

    /// <summary>Ends a node at once, with all that runs on it, as a power cut does.</summary>
    public void Kill(string node)
    {
        _processes.Remove(node, out var slurmd);
        slurmd!.Kill();
        // What supervises tasks goes before them, or it would tell of their end.
        int[] tasks = [.. Tasks(node)];
        foreach (var id in tasks.Select(Parent).Where(IsSupervisor).Distinct().Concat(tasks))
            End(id);
    }

    /// <summary>Lets tasks that wait for their next try (two minutes in Slurm) begin.</summary>
    public void Hurry()
    {
        foreach (var line in Call("squeue", "--noheader", "--array", "--states=PD", "--format=%i %r").Split('\n'))
            if (line.Split(' ') is [var job, "BeginTime"])
                Call("scontrol", "update", $"JobId={job}", "StartTime=now");
    }

    /// <summary>Whether processes of tasks run on a node: Slurm hears of their end a while later.</summary>
    public bool HasTasks(string node) => Tasks(node).Any();

    /// <summary>The tasks that run, by their nodes.</summary>
    public string[] Running() =>
        Call("squeue", "--noheader", "--states=R", "--format=%N").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>How often tasks were put back into the queue, as slurmctld's log says.</summary>
    public int Requeues() => File.ReadLines(Path.Combine(Folder, "slurmctld.log"))
        .Count(l => l.Contains("equeue", StringComparison.Ordinal));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("SLURM_CONF", null);
        foreach (var node in _processes.Keys.Where(k => k.StartsWith("fb", StringComparison.Ordinal)).ToArray())
            Kill(node);
        foreach (var process in _processes.Values)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    private void Run(string name, params string[] arguments)
    {
        var program = Find(name.StartsWith("fb", StringComparison.Ordinal) ? "slurmd" : name)!;
        // They write logs of their own.
        _processes[name] = Process.Start(new ProcessStartInfo("/bin/sh",
            ["-c", $"exec \"$0\" \"$@\" >'{Folder}/{name}.out' 2>&1", program, .. arguments]))!;
    }

    private static string Call(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Find(program) ?? program, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _ = error.Result;
        return output;
    }

    private static void Until(string what, Func<bool> done)
    {
        for (var clock = Stopwatch.StartNew(); !done(); Thread.Sleep(100))
            if (clock.Elapsed > TimeSpan.FromSeconds(30))
                throw new InvalidOperationException($"{what} did not start within 30 seconds");
    }

    /// <summary>Processes of tasks of this cluster's node.</summary>
    private IEnumerable<int> Tasks(string node)
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id))
                continue;
            string[] variables;
            try
            {
                variables = File.ReadAllText(Path.Combine(folder, "environ")).Split('\0');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (variables.Contains($"SLURMD_NODENAME={node}") && variables.Contains($"SLURM_CONF={Configuration}"))
                yield return id;
        }
    }

    private static int Parent(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static bool IsSupervisor(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").StartsWith("slurmstepd", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Allow(string path, string mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
    }

    private static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    private static int[] Ports(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        listeners.ForEach(l => l.Dispose());
        return ports;
    }
}
