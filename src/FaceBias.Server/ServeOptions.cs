using System.ComponentModel.DataAnnotations;
using FaceBias.Primitives.Options;

namespace FaceBias.Server;

/// <summary>What is served, where, and within which limits.</summary>
public sealed record ServeOptions
{
    /// <summary>An ONNX file: a model that facebias trained, or any other, which is then served as plain
    /// tensors.</summary>
    [Option("The model.onnx of a run, or any ONNX file, which is then served as plain tensors.",
        ValueName = "FILE.onnx", Group = OptionGroup.Model, Common = true)]
    public required string Model { get; init; }

    /// <summary>The model's name under <c>/v2/models</c>; the file's name without its extension if left out.</summary>
    [Option("The model's name under /v2/models; the file's name by default.", ValueName = "NAME",
        Group = OptionGroup.Model)]
    public string? Name { get; init; }

    /// <summary>The address to listen on; the default can be reached from this machine alone.</summary>
    [Option("Address to listen on; the default can only be reached from this machine.", ValueName = "ADDRESS",
        Group = OptionGroup.Output, Common = true)]
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 for any that is free.</summary>
    [Option("Port; 0 for any that is free.", Group = OptionGroup.Output, Common = true)]
    [Range(0, 65_535)]
    public int Port { get; init; } = 8080;

    /// <summary>A file whose only line is the key that requests must carry; null for none, or for the one in the
    /// environment variable <c>FACEBIAS_API_KEY</c>.</summary>
    [Option("File with the key that requests must carry; else FACEBIAS_API_KEY, else none.", ValueName = "FILE",
        Group = OptionGroup.Output, Common = true)]
    public string? ApiKeyFile { get; init; }

    /// <summary>Cores that decode and predict; 0 for all.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>Most pictures that are predicted together.</summary>
    [Option("Most pictures that are predicted together.", Group = OptionGroup.Resources)]
    [Range(1, 256)]
    public int BatchRows { get; init; } = 16;

    /// <summary>Most pictures that are accepted and not answered yet; further requests get 429 and
    /// Retry-After.</summary>
    [Option("Most pictures that are accepted and not answered yet; then 429.", Group = OptionGroup.Limits)]
    [Range(1, 65_536)]
    public int QueueRows { get; init; } = 256;

    /// <summary>Seconds after which a request that was not answered is given up with 504.</summary>
    [Option("Seconds after which a request is answered with 504.", ValueName = "SECONDS",
        Group = OptionGroup.Resources)]
    [Range(0.0, 3600, MinimumIsExclusive = true)]
    public double Deadline { get; init; } = 10;

    /// <summary>Most bytes of a picture's file.</summary>
    [Option("Most bytes of a picture's file.", Group = OptionGroup.Limits)]
    [Range(1, 1 << 28)]
    public long MaxBytes { get; init; } = 10_000_000;

    /// <summary>Most pixels of a picture; a small file can unpack to a huge one.</summary>
    [Option("Most pixels of a picture.", Group = OptionGroup.Limits)]
    [Range(1, 1_000_000_000)]
    public long MaxPixels { get; init; } = 24_000_000;

    /// <summary>Most pictures of one request.</summary>
    [Option("Most pictures of one request.", Group = OptionGroup.Limits)]
    [Range(1, 1024)]
    public int MaxFiles { get; init; } = 32;

    /// <summary>Most connections at a time; further ones are closed.</summary>
    [Option("Most connections at a time; further ones are closed.", Group = OptionGroup.Limits)]
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 4096;

    /// <summary>Whether <c>GET /model/onnx</c> hands out the model's file.</summary>
    [Option("Let GET /model/onnx return the model's file.", Group = OptionGroup.Output)]
    public bool Download { get; init; }

    /// <summary>A table of predictions whose shares of classes are the expected ones; the test rows of the
    /// predictions beside the model if left out.</summary>
    [Option("Predictions whose shares are the expected ones; the test rows beside the model by default.",
        ValueName = "FILE", Group = OptionGroup.Monitoring)]
    public string? Reference { get; init; }

    /// <summary>Probability that a window raises an alarm by chance; 0 for no alarms.</summary>
    [Option("Probability that a window raises an alarm by chance; 0 for no alarms.", Group = OptionGroup.Monitoring)]
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double FalseAlarmRate { get; init; } = 0.01;

    /// <summary>Predictions per window, after which the test starts over.</summary>
    [Option("Predictions per window, after which the test starts over.", Group = OptionGroup.Monitoring)]
    [Range(100, 100_000_000)]
    public int AlarmWindow { get; init; } = 10_000;

    /// <summary>A label whose probability is below this is an abstention; 0 for none.</summary>
    [Option("A label whose probability is below this counts as an abstention; 0 for none.",
        Group = OptionGroup.Monitoring)]
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double AbstainBelow { get; init; }

    /// <summary>Most bytes of a request: its pictures as tensors, and room for headers.</summary>
    internal long MaxRequestBytes => Math.Max(MaxBytes * Math.Min(MaxFiles, 4), 32L << 20) + (1 << 16);

    /// <summary>Cores at work.</summary>
    internal int Workers => Threads > 0 ? Threads : Environment.ProcessorCount;

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="FaceBiasException">An option is out of its range.</exception>
    internal void Check()
    {
        OptionSchema.Check(this);
        if (QueueRows < MaxFiles)
            throw new FaceBiasException($"‹QueueRows› must be at least ‹MaxFiles›, {MaxFiles}, not {QueueRows}.");
    }
}
