using FaceBias.Reporting.Cards;

namespace FaceBias.Workflows.Check;

/// <summary>What a user asks of <see cref="CardRun.Write"/>.</summary>
internal sealed record CardRunOptions
{
    /// <summary>The folder of a finished run or audit.</summary>
    [Option("Folder of a finished run or audit, with audit.json.", ValueName = "DIR", Common = true)]
    public required string Run { get; init; }

    /// <summary>Whether what only people can write must be there.</summary>
    [Option("Fail where an answer that only a person can give is missing.")]
    public bool Strict { get; init; }
}

/// <summary>What a user asks of <see cref="CardRun.Verify"/>.</summary>
internal sealed record CardVerifyOptions
{
    /// <summary>The folder of a run or audit with a card, or the card's folder.</summary>
    [Option("Folder of a run or audit with a card, or its folder card.", ValueName = "DIR", Common = true)]
    public required string Run { get; init; }
}

/// <summary>Cards of a run.</summary>
internal static class CardRun
{
    /// <summary>Writes them.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Write(CardRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return CardFolder.Write(options.Run, options.Strict);
    }

    /// <summary>Computes every number again.</summary>
    /// <returns>Whether the cards hold, and lines for the console.</returns>
    public static (bool Holds, IReadOnlyList<string> Lines) Verify(CardVerifyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = CardFolder.Verify(options.Run);
        return problems.Count == 0 ? (true, ["Every number of the cards is the one of its source."])
            : (false, [.. problems, $"The cards do not hold: {problems.Count} problems."]);
    }
}
