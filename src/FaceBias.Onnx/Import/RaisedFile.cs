using FaceBias.Onnx.Opsets;

namespace FaceBias.Onnx.Import;

/// <summary>An ONNX file in the operator set of the graphs that are built here, so that nodes of both mean the
/// same.</summary>
/// <param name="Model">In <see cref="GraphBuilder.Opset"/>, or the original where it cannot be written in that.</param>
/// <param name="Note">What was done, for people; null if there was nothing to do.</param>
internal sealed record RaisedFile(ModelProto Original, ModelProto Model, string? Note)
{
    /// <summary>Kernels are the same on both sides, but for those of operators that were put in place of one.</summary>
    private const double SameWithin = 1e-6;

    /// <summary>More than rounding: the original is used.</summary>
    private const double CloseWithin = 1e-4;

    /// <summary>Converts what was read from a file.</summary>
    /// <exception cref="FaceBiasException">It is older than ONNX Runtime accepts.</exception>
    public static RaisedFile Of(ModelProto original, string path)
    {
        var opset = OpsetConverter.OpsetOf(original);
        if (opset is > 0 and < OpsetConverter.Oldest)
            throw new FaceBiasException(
                $"'{path}' uses operator set {opset}, which is too old; export it with operator set "
                    + $"{OpsetConverter.Oldest} or later.", ErrorKind.Unsupported);
        try
        {
            IReadOnlyList<string> lowered = [];
            var source = original;
            if (original.Graph.Node.Any(RuntimeOperators.IsKnown))
                lowered = RuntimeOperators.Lower(source = original.Clone());
            var model = OpsetConverter.Convert(source, GraphBuilder.Opset);
            var foreign = OpsetConverter.ForeignOperators(model);
            string[] notes = [
                .. lowered.Count == 0 ? [] : new[] { "operators of ONNX Runtime written as ONNX's: "
                    + string.Join(", ", lowered.CountBy(o => o).OrderByDescending(o => o.Value).Take(5)
                        .Select(o => $"{o.Key} {o.Value}")) },
                .. foreign.Count == 0 ? [] : new[] { "operators that only ONNX Runtime knows stay as they are: "
                    + string.Join(", ", foreign.Take(5).Select(f => $"{f.Operator} {f.Count}")) }];
            var named = notes.Length == 0 ? null : string.Join("; ", notes);
            return new RaisedFile(original, model, opset == GraphBuilder.Opset ? named
                : $"{(named is null ? "" : $"{named}; ")}operator set {opset} converted to {GraphBuilder.Opset}");
        }
        catch (FaceBiasException e)
        {
            return Kept(original, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>Runs the file as it was and as it is now on the same picture.</summary>
    /// <returns>This with what was found, or the original where the two differ by more than rounding.</returns>
    public RaisedFile Proved(PixelInput pixels, PictureInput input)
    {
        if (OpsetConverter.OpsetOf(Original) == OpsetConverter.OpsetOf(Model)
            && !Original.Graph.Node.Any(RuntimeOperators.IsKnown))
            return this;
        using var picture = input.Sample(pixels);
        var difference = OpsetProof.Difference(Original, Model, [(input.Name, picture)], OnnxProbe.Limit);
        var said = difference?.ToString("0.#e0", CultureInfo.InvariantCulture);
        return difference switch
        {
            null => this with { Note = $"{Note}; the runtime does not run the original, so the two were not compared" },
            <= SameWithin => this with { Note = $"{Note}; outputs are the same" },
            <= CloseWithin => this with { Note = $"{Note}; outputs differ by {said} of the largest value" },
            _ => Kept(Original, $"outputs would differ by {said} of the largest value"),
        };
    }

    private static RaisedFile Kept(ModelProto original, string why)
    {
        var folded = original.Clone();
        ConstantFolding.Run(folded);
        return new RaisedFile(original, folded, $"operator set {OpsetConverter.OpsetOf(original)} is kept: {why}");
    }
}
