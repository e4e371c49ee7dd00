using System.Numerics;
using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>As many elements as a vector register holds.</summary>
internal readonly record struct Lanes(Vector<float> Values) : IUpdateValue<Lanes>
{
    public static Lanes operator +(Lanes a, Lanes b) => new(a.Values + b.Values);
    public static Lanes operator -(Lanes a, Lanes b) => new(a.Values - b.Values);
    public static Lanes operator *(Lanes a, Lanes b) => new(a.Values * b.Values);
    public static Lanes operator /(Lanes a, Lanes b) => new(a.Values / b.Values);
    public static Lanes operator *(Lanes a, double b) => new(a.Values * (float)b);
    public static Lanes operator -(double a, Lanes b) => new(new Vector<float>((float)a) - b.Values);
    public static Lanes operator -(Lanes a) => new(-a.Values);

    public Lanes Sqrt() => new(Vector.SquareRoot(Values));

    public Lanes Min(Lanes other) => new(Vector.Min(Values, other.Values));

    public Lanes Max(Lanes other) => new(Vector.Max(Values, other.Values));
}
