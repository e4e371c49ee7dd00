using FaceBias.Core.Heads.Methods;

namespace FaceBias.Core.Heads.Results;

/// <summary>What the weights of a fit amount to.</summary>
/// <param name="Rows">Rows with a weight above zero, of training and validation together.</param>
/// <param name="EffectiveRows">Kish's effective sample size, (Σ w)² / Σ w²: as many rows of equal weight.</param>
/// <param name="Shares">The share of all weight that each group has, in the order of the groups; empty where groups are
/// not known.</param>
internal sealed record ImpliedWeights(int Rows, double EffectiveRows, IReadOnlyList<double> Shares)
{
    internal static ImpliedWeights? Of(HeadData data, ChosenTrial trial) =>
        trial.Trial.Metrics is { WeighedRows: { } rows, EffectiveRows: { } effective } m
        ? new(rows, effective,
            m.Shares.Count == 0 ? []
                : [.. Enumerable.Range(0, data.GroupCount).Select(g => m.Shares.GetValueOrDefault(data.GroupName(g)))])
        : null;
}

/// <summary>Test rows of a group whose prediction differs from ERM's.</summary>
/// <param name="Better">Of each seed's rows those that ERM gets wrong and the method right (of a number those with a
/// smaller error), averaged over seeds.</param>
/// <param name="Worse">Those that went the other way.</param>
internal sealed record GroupMoves(string Group, int N, double Better, double Worse);

/// <summary>Which test rows a method moved, against ERM of the same seed.</summary>
/// <param name="Groups">How many, per group.</param>
/// <param name="Better">Names of the rows that gained most over the seeds, at most <see cref="Named"/>.</param>
/// <param name="Worse">Names of the rows that lost most.</param>
internal sealed record MovedRows(IReadOnlyList<GroupMoves> Groups, IReadOnlyList<string> Better,
    IReadOnlyList<string> Worse)
{
    /// <summary>At most this many rows are named on each side.</summary>
    public const int Named = 24;

    internal static MovedRows? Of(HeadData data, int[] groups, IReadOnlyList<ChosenTrial> erms,
        IReadOnlyList<ChosenTrial> trials)
    {
        var sign = data.IsNumeric ? -1 : 1;
        var pairs = (from t in trials join e in erms on t.Seed equals e.Seed select (Erm: e.Outcomes,
            Own: t.Outcomes)).ToArray();
        if (pairs.Length == 0)
            return null;
        var gain = new double[groups.Length];
        var (better, worse) = (new double[data.GroupCount], new double[data.GroupCount]);
        foreach (var (erm, own) in pairs)
            for (var i = 0; i < gain.Length; i++)
            {
                var change = sign * (own[i] - erm[i]);
                gain[i] += change / pairs.Length;
                if (change > 0)
                    better[groups[i]] += 1.0 / pairs.Length;
                else if (change < 0)
                    worse[groups[i]] += 1.0 / pairs.Length;
            }
        var sizes = data.GroupSizes(data.Test);
        string Name(int row) => row < data.TestIds.Count ? data.TestIds[row] : $"row {row}";
        var order = Enumerable.Range(0, gain.Length).OrderByDescending(i => gain[i]).ToArray();
        return new(
            [.. Enumerable.Range(0, data.GroupCount).Select(
                g => new GroupMoves(data.GroupName(g), sizes[g], better[g], worse[g]))],
            [.. order.TakeWhile(i => gain[i] > 0).Take(Named).Select(Name)],
            [.. order.Reverse().TakeWhile(i => gain[i] < 0).Take(Named).Select(Name)]);
    }
}
