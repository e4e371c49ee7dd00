using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>How a parameter and its state follow a gradient, element by element.</summary>
internal interface IUpdateRule
{
    /// <summary>The next values. State that the optimizer does not keep is passed on.</summary>
    (T Parameter, T First, T Second) Next<T>(T parameter, T gradient, T first, T second, ReadOnlySpan<T> scalars)
        where T : struct, IUpdateValue<T>;
}

/// <summary>Carries a rule out.</summary>
internal interface IUpdateRuleVisitor
{
    void Visit<TRule>(TRule rule) where TRule : struct, IUpdateRule;
}
