namespace FaceBias.Onnx.Opsets;

/// <summary>What to do with nodes of an operator that has another form or meaning from an operator set on.</summary>
/// <param name="Up">Makes of a node as it was written before that set one of the set; null if nothing has to be
/// done.</param>
/// <param name="Down">Makes of a node of the set what computes the same before it; null if nothing has to be
/// done.</param>
internal sealed record OpsetRule(int Version, string Operator, Action<OpsetNode>? Up = null,
    Action<OpsetNode>? Down = null);
