namespace FaceBias.Server;

/// <summary>What is served, where, and within which limits.</summary>
public sealed record ServeOptions
{
    /// <summary>An ONNX file: a model that facebias trained, or any other, which is then served as plain tensors.</summary>
    public required string Model { get; init; }

    /// <summary>The model's name under <c>/v2/models</c>; the file's name without its extension if left out.</summary>
    public string? Name { get; init; }

    /// <summary>The address to listen on; the default can be reached from this machine alone.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>A file whose only line is the key that requests must carry; null for none, or for the one in the
    /// environment variable <c>FACEBIAS_API_KEY</c>.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Cores that decode and predict; 0 for all.</summary>
    public int Threads { get; init; }

    /// <summary>Most pictures that are predicted together.</summary>
    public int BatchRows { get; init; } = 16;

    /// <summary>Most pictures that are accepted and not answered yet; further requests get 429 and Retry-After.</summary>
    public int QueueRows { get; init; } = 256;

    /// <summary>Seconds after which a request that was not answered is given up with 504.</summary>
    public double Deadline { get; init; } = 10;

    /// <summary>Most bytes of a picture's file.</summary>
    public long MaxBytes { get; init; } = 10_000_000;

    /// <summary>Most pixels of a picture; a small file can unpack to a huge one.</summary>
    public long MaxPixels { get; init; } = 24_000_000;

    /// <summary>Most pictures of one request.</summary>
    public int MaxFiles { get; init; } = 32;

    /// <summary>Most connections at a time; further ones are closed.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>Whether <c>GET /model/onnx</c> hands out the model's file.</summary>
    public bool Download { get; init; }

    /// <summary>A table of predictions whose shares of classes are the expected ones; the test rows of the
    /// predictions beside the model if left out.</summary>
    public string? Reference { get; init; }

    /// <summary>Probability that a window raises an alarm by chance; 0 for no alarms.</summary>
    public double FalseAlarmRate { get; init; } = 0.01;

    /// <summary>Predictions of a window, after which the test begins anew.</summary>
    public int AlarmWindow { get; init; } = 10_000;

    /// <summary>A label whose probability is below this is an abstention; 0 for none.</summary>
    public double AbstainBelow { get; init; }

    /// <summary>Most bytes of a request: its pictures as tensors, and room for headers.</summary>
    internal long MaxRequestBytes => Math.Max(MaxBytes * Math.Min(MaxFiles, 4), 32L << 20) + (1 << 16);

    /// <summary>Cores at work.</summary>
    internal int Workers => Threads > 0 ? Threads : Environment.ProcessorCount;

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="FaceBiasException">An option is out of its range.</exception>
    internal void Check()
    {
        OptionRule.Threads(Threads);
        OptionRule.Require(Port is >= 0 and <= 65_535, "--port must be from 0 (any) to 65535", Port);
        OptionRule.Require(BatchRows is >= 1 and <= 256, "--batch-rows must be from 1 to 256", BatchRows);
        OptionRule.Require(MaxFiles is >= 1 and <= 1024, "--max-files must be from 1 to 1024", MaxFiles);
        OptionRule.Require(QueueRows >= MaxFiles && QueueRows <= 65_536, $"--queue-rows must be from --max-files ({MaxFiles}) to 65536", QueueRows);
        OptionRule.Require(Deadline is > 0 and <= 3600, "--deadline must be above 0 and at most 3600 seconds", Deadline);
        OptionRule.Require(MaxBytes is >= 1 and <= 1 << 28, "--max-bytes must be from 1 to 268435456", MaxBytes);
        OptionRule.Require(MaxPixels is >= 1 and <= 1_000_000_000, "--max-pixels must be from 1 to 1000000000", MaxPixels);
        OptionRule.Require(MaxConnections is >= 1 and <= 1_000_000, "--max-connections must be from 1 to 1000000", MaxConnections);
        OptionRule.Require(FalseAlarmRate is >= 0 and < 1, "--false-alarm-rate must be from 0 to below 1", FalseAlarmRate);
        OptionRule.Require(AlarmWindow is >= 100 and <= 100_000_000, "--alarm-window must be from 100 to 100000000", AlarmWindow);
        OptionRule.Require(AbstainBelow is >= 0 and < 1, "--abstain-below must be from 0 to below 1", AbstainBelow);
    }
}
