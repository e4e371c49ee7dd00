using System.ComponentModel.DataAnnotations;
using FaceBias.Primitives.Options;

namespace FaceBias.Clusters;

/// <summary>What runs the shards.</summary>
public enum ClusterKind
{
    /// <summary>Slurm, by a job array.</summary>
    Slurm,

    /// <summary>Kubernetes 1.29 or later, by an Indexed Job.</summary>
    Kubernetes,
}

/// <summary>What a user asks of <see cref="SubmitRun"/>.</summary>
public sealed record SubmitOptions
{
    /// <summary>The plan's folder or URL, which workers see under the same name.</summary>
    public required string Plan { get; init; }

    /// <summary>Where it runs.</summary>
    [Option("Where the shards are computed.", Group = OptionGroup.Resources, Common = true)]
    public required ClusterKind To { get; init; }

    /// <summary>Whether the script or the Job is printed and nothing else is done.</summary>
    [Option("Print the sbatch script or the Job, and submit nothing.", Group = OptionGroup.Output, Common = true)]
    public bool DryRun { get; init; }

    /// <summary>Whether to return once it is submitted.</summary>
    [Option("Return when it is submitted; join the shards later with 'facebias merge'.", Group = OptionGroup.Output)]
    public bool NoWait { get; init; }

    /// <summary>What the merge writes; null for <c>result</c> in the plan's folder.</summary>
    [Option("File or folder that the shards are joined to.", ValueName = "FILE|DIR",
        Default = "result in the plan's folder", Group = OptionGroup.Output)]
    public string? Out { get; init; }

    /// <summary>The most shards at a time.</summary>
    [Option("The most shards at a time.", Group = OptionGroup.Resources, Common = true)]
    [Range(1, 100_000)]
    public int Parallel { get; init; } = 64;

    /// <summary>Cores of a shard.</summary>
    [Option("Cores of a shard.", Group = OptionGroup.Resources)]
    [Range(1, 1024)]
    public int Cpus { get; init; } = 4;

    /// <summary>Memory of a shard in megabytes.</summary>
    [Option("Memory of a shard in MB.", Group = OptionGroup.Resources)]
    [Range(256, 4_000_000)]
    public int Memory { get; init; } = 8192;

    /// <summary>How often a shard is tried again after exit code 75.</summary>
    [Option("How often a shard is tried again after a failure that may pass (exit code 75).",
        Group = OptionGroup.Resources)]
    [Range(0, 1000)]
    public int Retries { get; init; } = 10;

    /// <summary>The program on the nodes; for Slurm.</summary>
    [Option("Slurm: the program on the nodes.", ValueName = "COMMAND", Group = OptionGroup.Resources)]
    public string Command { get; init; } = "facebias";

    /// <summary>Further options of sbatch.</summary>
    [Option("Slurm: further options of sbatch, such as '-p gpu'.", ValueName = "OPTION", Whole = true,
        Group = OptionGroup.Resources)]
    public IReadOnlyList<string> Sbatch { get; init; } = [];

    /// <summary>The container image; for Kubernetes.</summary>
    [Option("Kubernetes: the container image, made from deploy/Containerfile.", Group = OptionGroup.Resources)]
    public string? Image { get; init; }

    /// <summary>The namespace; for Kubernetes.</summary>
    [Option("Kubernetes: the namespace.", Group = OptionGroup.Resources)]
    public string Namespace { get; init; } = "default";

    /// <summary>Claims of volumes by where they are mounted; for Kubernetes.</summary>
    [Option("Kubernetes: volumes, each the name of a claim and where it is mounted, which is where it is on this machine: "
        + "data=/mnt/data.", ValueName = "CLAIM=PATH", Group = OptionGroup.Resources)]
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Secrets whose keys become variables, such as AWS_ACCESS_KEY_ID; for Kubernetes.</summary>
    [Option("Kubernetes: secrets whose keys become variables, such as AWS_ACCESS_KEY_ID.", ValueName = "NAME",
        Group = OptionGroup.Resources)]
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>The service account, for access to storage by identity; for Kubernetes.</summary>
    [Option("Kubernetes: the service account, for access to storage by identity.", ValueName = "NAME",
        Group = OptionGroup.Resources)]
    public string? ServiceAccount { get; init; }
}
