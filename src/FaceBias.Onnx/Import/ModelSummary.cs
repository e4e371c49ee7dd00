namespace FaceBias.Onnx.Import;

/// <summary>A value that goes into or out of a model: its name, element type and shape in words: "float [N, 3, 224,
/// 224]".</summary>
internal sealed record ValueSummary(string Name, string Type, string Shape)
{
    public override string ToString() => $"{Name}: {Type} {Shape}";
}

/// <summary>What there is to know about an ONNX model without running it.</summary>
internal sealed record ModelSummary(
    IReadOnlyList<ValueSummary> Inputs, IReadOnlyList<ValueSummary> Outputs,
    IReadOnlyList<(string Operator, int Count)> Operators,
    long Parameters, long Opset, IReadOnlyList<(string Key, string Value)> Metadata)
{
    /// <summary>Sums up a model. Operators come most frequent first, those of other domains with their
    /// domain.</summary>
    public static ModelSummary Of(ModelProto model)
    {
        var constants = model.Graph.Initializer.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return new ModelSummary(
            [.. model.Graph.Input.Where(i => !constants.Contains(i.Name)).Select(Value)],
            [.. model.Graph.Output.Select(Value)],
            [.. model.Graph.Node.GroupBy(n => n.Domain is "" or "ai.onnx" ? n.OpType : $"{n.Domain}.{n.OpType}",
                StringComparer.Ordinal)
                .Select(g => (g.Key, g.Count())).OrderByDescending(g => g.Item2).ThenBy(g => g.Key,
                    StringComparer.Ordinal)],
            model.Graph.Initializer.Where(t => t.DataType != (int)TensorProto.Types.DataType.Int64)
                .Sum(t => t.ElementCount()),
            model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 0,
            [.. model.MetadataProps.Select(p => (p.Key, p.Value))]);
    }

    /// <summary>Sums up one value.</summary>
    public static ValueSummary Value(ValueInfoProto value)
    {
        var tensor = value.Type?.TensorType;
        var dims = tensor?.Shape?.Dim.Select(
            d => d.HasDimValue ? $"{d.DimValue}" : d.HasDimParam && d.DimParam.Length > 0 ? d.DimParam : "?");
        return new ValueSummary(
            value.Name, tensor is null ? "map or list"
                : $"{(TensorProto.Types.DataType)tensor.ElemType}".ToLowerInvariant(),
            dims is null ? "of unknown shape" : $"[{string.Join(", ", dims)}]");
    }
}
