namespace FaceBias.Onnx.Gradients;

/// <summary>What an update rule is written in: a tensor of a graph, or some numbers of a parameter in a vector
/// register. One formula thus serves both.</summary>
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
