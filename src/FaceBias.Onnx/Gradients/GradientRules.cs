namespace FaceBias.Onnx.Gradients;

/// <summary>The gradient of one operator: for each input a recipe for its gradient, or null where there is none. A
/// recipe is only followed if the gradient is needed.</summary>
internal delegate Func<Expression>?[] GradientRule(ForwardNode n);

/// <summary>The table of gradients, one rule per operator. In a rule, <c>n.X</c> is the first input, <c>n.Y</c> the
/// output and <c>n.Dy</c> the gradient of the loss by the output.</summary>
internal static partial class GradientRules
{
    private static readonly Dictionary<string, GradientRule> Table = new(
        Elementwise.Concat(Products).Concat(Reductions).Concat(Shapes).Concat(Convolutions).Concat(Poolings)
            .Concat(Normalisations));

    /// <summary>The rule for a node's operator, or null.</summary>
    public static GradientRule? Find(NodeProto node) =>
        node.Domain is "" or "ai.onnx" || node is { Domain: "com.microsoft", OpType: "Gelu" }
            ? Table.GetValueOrDefault(node.OpType) : null;

    public static IReadOnlyCollection<string> Operators => Table.Keys;
}
