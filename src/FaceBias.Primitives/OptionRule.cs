namespace FaceBias;

/// <summary>Refuses values that [Range] cannot describe.</summary>
internal static class OptionRule
{
    /// <summary>Ends with one sentence where a rule does not hold.</summary>
    /// <param name="rule">What must be, such as "‹QueueRows› must be at least ‹MaxFiles›".</param>
    public static void Require(bool holds, string rule, double value)
    {
        if (!holds)
            throw new FaceBiasException(
                FormattableString.Invariant($"{char.ToUpperInvariant(rule[0])}{rule[1..]}, not {value}."));
    }
}
