using System.ComponentModel;
using System.Diagnostics;
using FaceBias.Primitives.Storage;

namespace FaceBias.Clusters;

/// <summary>A job array of Slurm, by the commands sbatch and squeue. A task that ends with 75 puts itself back into the
/// queue; one whose node dies is put back by Slurm.</summary>
internal sealed class SlurmArray : ICluster
{
    private readonly string _logs;
    private string _job = "";

    /// <summary>Writes the script.</summary>
    public SlurmArray(ShardWork work, SubmitOptions options)
    {
        _logs = ObjectStores.IsUrl(work.Url) ? Path.GetFullPath(work.Name) : Path.Combine(work.Url, "logs");
        var further = string.Concat(options.Sbatch.Select(o => o.AsSpan().ContainsAny('\n', '\r')
            ? throw new FaceBiasException("‹Sbatch› has a line break; give one option of sbatch.") : $"#SBATCH {o}\n"));
        Text = string.Create(CultureInfo.InvariantCulture, $$"""
            #!/bin/bash
            # {{work.Shards}} shards of {{work.Url}}; written by 'facebias submit', may be submitted again by hand.
            #SBATCH --job-name={{work.Name}}
            #SBATCH --array={{work.Ranges()}}%{{options.Parallel}}
            #SBATCH --cpus-per-task={{options.Cpus}}
            #SBATCH --mem={{options.Memory}}M
            #SBATCH --requeue
            #SBATCH --open-mode=append
            #SBATCH --output="{{_logs}}/%a.log"
            {{further}}
            {{work.Loop("$SLURM_ARRAY_TASK_ID",
                $"{options.Command} run {ShardWork.Word(work.Url)} --shard",
                " --threads \"$SLURM_CPUS_PER_TASK\"")}}
            if [ "$result" = 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt {{options.Retries}} ]; then
              scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" && sleep 60
            fi
            exit "$result"

            """);
    }

    public string Text { get; }

    public string Submit(CancellationToken cancel)
    {
        Directory.CreateDirectory(_logs);
        _job = Call("sbatch", Text, "--parsable").Split(';')[0].Trim();
        return $"Slurm job {_job}; its logs are in {_logs}";
    }

    public JobProgress Look(CancellationToken cancel) =>
        new(Call("squeue", null, "--noheader", "--jobs", _job, "--format=%t").Length > 0, $"the logs are in {_logs}");

    private static string Call(string program, string? input, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var problem = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            // A job that has long ended is known no more.
            return process.ExitCode == 0 || problem.Result.Contains("Invalid job id", StringComparison.Ordinal) ? output
                : throw new FaceBiasException($"{program} failed: {problem.Result.Trim().Split('\n')[^1].TrimEnd('.')}.",
                    problem.Result.Contains("nable to contact", StringComparison.Ordinal) ? ErrorKind.Busy
                        : ErrorKind.BadInput);
        }
        catch (Win32Exception e)
        {
            throw new FaceBiasException(
                $"Cannot start '{program}' of Slurm; submit from a machine that has it, or take what ‹DryRun› prints "
                    + "to one.", e, ErrorKind.Missing);
        }
    }
}
