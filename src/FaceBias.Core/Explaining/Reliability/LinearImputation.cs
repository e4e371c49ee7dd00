using System.Numerics;
using System.Numerics.Tensors;

namespace FaceBias.Core.Explaining.Reliability;

/// <summary>Fills pixels that are gone with the weighted means of their neighbours, 1/6 beside and 1/12 across, which
/// are filled themselves: sum_j w_ij (x_i - x_j) = 0. The system is symmetric and solved by conjugate gradients on the
/// whole grid, whose rows are computed some pixels at a time; a coarse filling is where it begins, since what takes
/// conjugate gradients many rounds is to carry values across a large hole.</summary>
internal sealed class LinearImputation
{
    private const double Beside = 1.0 / 6, Across = 1.0 / 12;
    private const int Rounds = 400;

    /// <summary>Of the residual, against that of an empty hole. The noise that ROAD adds is ten times as
    /// large.</summary>
    private const double Precision = 1e-3;

    private readonly int _width, _height, _stride;
    private readonly bool[] _gone;

    // With a frame of one pixel, and on the right as many as are computed at a time: all of them 0, as known pixels
    // are.
    private readonly double[] _weights, _inverse, _mask;

    /// <summary>Prepares it for some pixels.</summary>
    /// <param name="width">Pixels per row.</param>
    /// <param name="gone">Which pixels are gone, row by row.</param>
    public LinearImputation(int width, int height, bool[] gone)
    {
        (_width, _height, _gone, _stride) = (width, height, gone, width + 2 + Vector<double>.Count);
        (_weights, _inverse, _mask) = (Grid(), Grid(), Grid());
        for (var y = 0; y < height; y++)
        {
            var rows = 1 + (y > 0 ? 1 : 0) + (y + 1 < height ? 1 : 0);
            for (var x = 0; x < width; x++)
            {
                if (!gone[y * width + x])
                    continue;
                var columns = 1 + (x > 0 ? 1 : 0) + (x + 1 < width ? 1 : 0);
                var beside = rows + columns - 2;
                var weight = beside * Beside + (rows * columns - 1 - beside) * Across;
                var at = At(x, y);
                (_weights[at], _inverse[at], _mask[at]) = (weight, weight > 0 ? 1 / weight : 0, 1);
            }
        }
    }

    /// <param name="plane">[height x width]; values of pixels that are gone are not read.</param>
    public void Fill(Span<float> plane)
    {
        var start = Coarse(plane);
        double[] x = Grid(), known = Grid(), r = Grid(), q = Grid(), z = Grid();
        for (var i = 0; i < plane.Length; i++)
            (_gone[i] ? x : known)[At(i % _width, i / _width)] = _gone[i] ? start[i] : plane[i];
        // What the known neighbours add: the operator on them, without their own weights.
        Apply(known, r);
        TensorPrimitives.Negate<double>(r, r);
        TensorPrimitives.Multiply<double>(r, _inverse, z);
        var limit = Precision * Precision * Math.Max(Dot(r, z), 1e-30);
        Apply(x, q);
        TensorPrimitives.Subtract<double>(r, q, r);
        TensorPrimitives.Multiply<double>(r, _inverse, z);
        var p = (double[])z.Clone();
        var rz = Dot(r, z);
        for (var round = 0; round < Rounds && rz > limit; round++)
        {
            Apply(p, q);
            var step = rz / Dot(p, q);
            TensorPrimitives.MultiplyAdd<double>(p, step, x, x);
            TensorPrimitives.MultiplyAdd<double>(q, -step, r, r);
            TensorPrimitives.Multiply<double>(r, _inverse, z);
            var next = Dot(r, z);
            TensorPrimitives.MultiplyAdd<double>(p, next / rz, z, p);
            rz = next;
        }
        for (var i = 0; i < plane.Length; i++)
            if (_gone[i])
                plane[i] = (float)x[At(i % _width, i / _width)];
    }

    /// <summary>On pixels that are gone, the weighted sum of the differences from their neighbours.</summary>
    private void Apply(double[] from, double[] to)
    {
        var (beside, across, lanes) = (new Vector<double>(Beside), new Vector<double>(Across), Vector<double>.Count);
        for (var y = 1; y <= _height; y++)
        {
            for (var i = y * _stride + 1; i < y * _stride + 1 + _width; i += lanes)
            {
                Vector<double> Rows(int at) =>
                    new Vector<double>(from, at - _stride) + new Vector<double>(from, at + _stride);
                var near = new Vector<double>(from, i - 1) + new Vector<double>(from, i + 1) + Rows(i);
                var far = Rows(i - 1) + Rows(i + 1);
                var own = new Vector<double>(_weights, i) * new Vector<double>(from, i);
                ((own - beside * near - across * far) * new Vector<double>(_mask, i)).CopyTo(to, i);
            }
        }
    }

    /// <summary>Every pixel that is gone gets the mean of the known ones in the smallest square that has some, of
    /// squares that double in size.</summary>
    private float[] Coarse(ReadOnlySpan<float> plane)
    {
        var filled = plane.ToArray();
        var open = (bool[])_gone.Clone();
        for (var side = 2; open.Contains(true) && side < 2 * Math.Max(_width, _height); side *= 2)
        {
            for (var top = 0; top < _height; top += side)
            {
                for (var left = 0; left < _width; left += side)
                {
                    int right = Math.Min(_width, left + side), bottom = Math.Min(_height, top + side);
                    var (sum, count) = (0.0, 0);
                    for (var y = top; y < bottom; y++)
                        for (var i = y * _width + left; i < y * _width + right; i++)
                            if (!_gone[i])
                                (sum, count) = (sum + plane[i], count + 1);
                    for (var y = top; y < bottom && count > 0; y++)
                    {
                        for (var i = y * _width + left; i < y * _width + right; i++)
                        {
                            if (!open[i])
                                continue;
                            (filled[i], open[i]) = ((float)(sum / count), false);
                        }
                    }
                }
            }
        }
        // Nothing is known: grey.
        for (var i = 0; i < open.Length; i++)
            if (open[i])
                filled[i] = 127.5f;
        return filled;
    }

    private double[] Grid() => new double[(_height + 2) * _stride + Vector<double>.Count];

    private int At(int x, int y) => (y + 1) * _stride + x + 1;

    private static double Dot(double[] a, double[] b) => TensorPrimitives.Dot<double>(a, b);
}
