namespace FaceBias.Core.Heads.Methods;

/// <summary>Refuses data from which nothing can be learnt, in one sentence that names what is wrong.</summary>
internal static class HeadDataCheck
{
    /// <summary>Checks shapes, values and classes. Groups are checked by whoever needs them.</summary>
    /// <exception cref="FaceBiasException">The data cannot be used.</exception>
    public static void Check(HeadData data)
    {
        foreach (var (part, name) in new[] { (data.Train, "training"), (data.Validation, "validation"),
            (data.Test, "test") })
        {
            if (part.Rows == 0)
                throw new FaceBiasException($"The {name} split has no rows; every split needs some.");
            if (part.Width != data.Width)
                throw new FaceBiasException(
                    $"The {name} features have {part.Width} columns but the training features {data.Width}; use one "
                        + "backbone for all splits.");
            if (part.Features.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new FaceBiasException(
                    $"The {name} features are not all finite: {CountNonFinite(part.Features):N0} of "
                        + $"{part.Features.Length:N0} are NaN or infinity, the first in row {FirstNonFinite(part)}; "
                        + "remove those rows or compute the features again.");
            if (data.IsNumeric && part.Values.Any(v => !double.IsFinite(v)))
                throw new FaceBiasException(
                    $"The {name} target '{data.Target}' holds values that are not finite; remove those rows.");
        }
        if (data.IsNumeric)
        {
            if (data.Train.Values.Distinct().Take(2).Count() < 2)
                throw new FaceBiasException(
                    $"The target '{data.Target}' is {data.Train.Values[0]} in every training row, so there is nothing "
                        + "to learn; choose another ‹Target›.");
        }
        else
        {
            if (data.Classes.Count < 2)
                throw new FaceBiasException(
                    $"The target '{data.Target}' has the single class '{data.Classes[0]}', so there is nothing to "
                        + "learn; choose another ‹Target›.");
            for (var c = 0; c < data.Classes.Count; c++)
                if (!data.Train.Target.Contains(c))
                    throw new FaceBiasException(
                        $"No training row has '{data.Target}' = '{data.Classes[c]}'; every class needs training rows.");
        }
        if (IsConstant(data.Train))
            throw new FaceBiasException(
                "All training rows have the same features, so there is nothing to learn from; compute the features again.");
    }

    /// <summary>The first group that a split lacks, or -1.</summary>
    public static int AbsentGroup(HeadData data, HeadPart part) => Array.IndexOf(data.GroupSizes(part), 0);

    private static bool IsConstant(HeadPart part)
    {
        for (var i = 1; i < part.Rows; i++)
            if (!part.Row(i).SequenceEqual(part.Row(0)))
                return false;
        return true;
    }

    private static int CountNonFinite(float[] values) => values.Count(v => !float.IsFinite(v));

    private static int FirstNonFinite(HeadPart part) =>
        Array.FindIndex(part.Features, v => !float.IsFinite(v)) / part.Width;
}
