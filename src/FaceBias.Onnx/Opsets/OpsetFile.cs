namespace FaceBias.Onnx.Opsets;

/// <summary>Models written in another operator set, for runtimes that are older than the one that trained
/// them.</summary>
internal static class OpsetFile
{
    /// <summary>How far outputs may differ, relative to the largest value of each.</summary>
    public const double Limit = 1e-4;

    /// <summary>Where a model in another operator set lies by default: <c>NAME.opsetN.onnx</c> beside it.</summary>
    public static string Beside(string path, int opset) =>
        Path.ChangeExtension(path, string.Create(CultureInfo.InvariantCulture, $".opset{opset}.onnx"));

    /// <summary>Finds out whether a backbone can be written in an operator set, before anything is trained on
    /// it.</summary>
    /// <exception cref="FaceBiasException">It cannot; the sentence names the operator.</exception>
    public static void Check(string path, int opset) => OpsetConverter.Convert(OnnxFile.Read(path), opset);

    /// <summary>Writes a model in another operator set.</summary>
    /// <param name="opset">The operator set, <see cref="OpsetConverter.OldestWritten"/> to
    /// <see cref="GraphBuilder.Opset"/>.</param>
    /// <param name="destination">The file; null for <see cref="Beside"/>.</param>
    /// <returns>What was written and how its outputs compare, as a sentence.</returns>
    /// <exception cref="FaceBiasException">The model cannot be said in that set, or would give other outputs; nothing
    /// was written.</exception>
    public static string Write(string path, int opset, string? destination = null)
    {
        destination ??= Beside(path, opset);
        var model = OnnxFile.Read(path);
        var converted = OpsetConverter.Convert(model, opset);
        var difference = OpsetProof.Difference(model, converted);
        if (difference > Limit)
            throw new FaceBiasException(string.Create(CultureInfo.InvariantCulture,
                $"'{path}' in operator set {opset} would give other outputs (by {difference:0.#e0} of the largest "
                    + $"value); nothing was written."), ErrorKind.Unsupported);
        OnnxFile.Write(converted, destination);
        var comparison = difference switch
        {
            null => "the file as it was could not be run to compare",
            0 => "outputs are the same",
            _ => string.Create(CultureInfo.InvariantCulture,
                $"outputs differ by {difference:0.#e0} of the largest value"),
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"{destination}: operator set {OpsetConverter.OpsetOf(model)} to {opset}; {comparison}");
    }
}
