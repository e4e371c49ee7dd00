namespace FaceBias.Onnx.Training;

/// <summary>What an update rule is written in: a tensor of a graph, or some numbers of a parameter in a vector register.
/// One formula thus serves both.</summary>
internal interface IUpdateValue<T> where T : struct, IUpdateValue<T>
{
    static abstract T operator +(T a, T b);
    static abstract T operator -(T a, T b);
    static abstract T operator *(T a, T b);
    static abstract T operator /(T a, T b);
    static abstract T operator *(T a, double b);
    static abstract T operator -(double a, T b);
    static abstract T operator -(T a);

    /// <summary>The square root of each element.</summary>
    T Sqrt();

    /// <summary>The smaller of each two elements.</summary>
    T Min(T other);

    /// <summary>The larger of each two elements.</summary>
    T Max(T other);
}

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
