using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceBias.Core.Search.Spaces;

namespace FaceBias.Core.Search.Trials;

/// <summary>How a trial ended.</summary>
public enum TrialState
{
    /// <summary>It was measured to its end.</summary>
    Complete,

    /// <summary>It was ended early, as it was behind the others.</summary>
    Pruned,

    /// <summary>It could not be measured; the reason is recorded.</summary>
    Failed,
}

/// <summary>A metric that a trial showed on its way.</summary>
/// <param name="Step">What was spent until then, such as epochs; from 1.</param>
/// <param name="Loss">The metric; smaller is better.</param>
internal readonly record struct StepReport(int Step, double Loss);

/// <summary>What a trial measured.</summary>
internal sealed record TrialResult
{
    /// <summary>One value per objective; smaller is better.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>Decides between trials of equal loss; smaller is better.</summary>
    public double TieBreak { get; init; }

    /// <summary>By how much constraints are broken, each relative to its bound; 0 for a feasible trial.</summary>
    public double Violation { get; init; }

    /// <summary>What came of every row that was judged, for estimates that draw rows anew; null where nobody needs
    /// it.</summary>
    [JsonConverter(typeof(FloatsAsBase64))]
    public IReadOnlyList<float>? Outcomes { get; init; }

    /// <summary>Metrics to show and keep; null where there are none beside the losses.</summary>
    public TrialMetrics? Metrics { get; init; }
}

/// <summary>A configuration that was tried, and what came of it.</summary>
public sealed record Trial
{
    internal Trial(int number, Configuration configuration, TrialState state, IReadOnlyList<StepReport> reports,
        TrialResult? result, string? reason, double seconds) =>
        (Number, Configuration, State, Reports, Result, Reason, Seconds) =
        (number, configuration, state, reports, result, reason, seconds);

    /// <summary>Its place in the sweep, from 0.</summary>
    public int Number { get; init; }

    /// <summary>What was tried.</summary>
    public Configuration Configuration { get; }

    /// <summary>How it ended.</summary>
    public TrialState State { get; init; }

    /// <summary>Metrics on its way, by step.</summary>
    internal IReadOnlyList<StepReport> Reports { get; init; }

    /// <summary>What it measured; null if it failed.</summary>
    internal TrialResult? Result { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; }

    /// <summary>Wall time it took.</summary>
    public double Seconds { get; init; }

    /// <summary>Whether it may win: measured to the end within all constraints.</summary>
    public bool IsFeasible => State == TrialState.Complete && Result is { Violation: 0 };

    /// <summary>What it measured beside its losses; empty if there is nothing.</summary>
    public TrialMetrics Metrics => Result?.Metrics ?? s_none;

    private static readonly TrialMetrics s_none = new();

    /// <summary>The only loss, or the first of several; infinite if it failed.</summary>
    public double Loss => Result?.Losses[0] ?? double.PositiveInfinity;
}

/// <summary>Some thousand floats on one line.</summary>
internal sealed class FloatsAsBase64 : JsonConverter<IReadOnlyList<float>>
{
    public override IReadOnlyList<float> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        MemoryMarshal.Cast<byte, float>(reader.GetBytesFromBase64()).ToArray();

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<float> value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(MemoryMarshal.AsBytes<float>([.. value]));
}
