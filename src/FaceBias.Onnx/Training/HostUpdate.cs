using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Onnx.Training;

/// <summary>Moves parameters in the processor's memory along their gradients: one pass that reads and writes everything
/// once and in place, where a graph takes a pass and a buffer per operation. The values are those of the
/// graph.</summary>
internal sealed unsafe class HostUpdate
{
    // Half of a core's second-level cache holds a block of parameter, gradient and two states.
    private const int BlockLength = 1 << 16;

    private readonly Optimizer _optimizer;
    private readonly int _threads;
    private readonly Block[] _blocks;

    // Waking a thread costs as much as some ten thousand elements.
    private const int FewestForThreads = 4 * BlockLength;
    private readonly double[] _squares;

    /// <summary>Prepares the update.</summary>
    /// <param name="threads">Threads that share the work; 0 for as many as the processor has cores.</param>
    public HostUpdate(Optimizer optimizer, int threads, IEnumerable<Slot> slots)
    {
        _optimizer = optimizer;
        _blocks = [.. slots.SelectMany(s => Enumerable.Range(0, (int)((s.Length + BlockLength - 1) / BlockLength))
            .Select(i => new Block(s, (nint)i * BlockLength,
                (int)Math.Min(BlockLength, s.Length - (long)i * BlockLength), optimizer)))];
        _squares = new double[_blocks.Length];
        _threads = _blocks.Sum(b => b.Length) < FewestForThreads ? 1
            : threads > 0 ? threads : Environment.ProcessorCount;
    }

    /// <summary>A parameter with what belongs to it.</summary>
    /// <param name="Gradients">Its gradient, in steps that alternate between two buffers in either.</param>
    /// <param name="States">The optimizer's state.</param>
    /// <param name="Average">Its moving average, or null.</param>
    public sealed record Slot(
        TensorBuffer Parameter, TensorBuffer[] Gradients, TensorBuffer[] States, TensorBuffer? Average,
        ParameterGroup Group)
    {
        public long Length { get; } = Gradients[0].Count;
    }

    /// <summary>Carries out one update.</summary>
    /// <param name="scalars">The optimizer's scalars.</param>
    /// <param name="current">Which of the two gradient buffers holds the gradients.</param>
    public void Apply(ReadOnlySpan<float> scalars, int current)
    {
        var scale = 1f;
        if (_optimizer.ClipNorm > 0)
        {
            ForEach(i => _squares[i] = _blocks[i].SumOfSquares(current));
            // In this order whatever the number of threads.
            scale = (float)Math.Min(1, _optimizer.ClipNorm / (Math.Sqrt(_squares.Sum()) + 1e-6));
        }
        var values = scalars.ToArray();
        ForEach(i => _blocks[i].Update(_optimizer, values, scale, current));
    }

    private void ForEach(Action<int> action)
    {
        if (_threads > 1)
            Parallel.For(0, _blocks.Length, new ParallelOptions { MaxDegreeOfParallelism = _threads }, action);
        else
            for (var i = 0; i < _blocks.Length; i++)
                action(i);
    }

    /// <summary>A stretch of a parameter.</summary>
    private sealed class Block(Slot slot, nint start, int length, Optimizer optimizer) : IUpdateRuleVisitor
    {
        public int Length => length;

        private readonly float* _parameter = slot.Parameter.Floats + start;
        private readonly float* _even = slot.Gradients[0].Floats + start;
        private readonly float* _odd = slot.Gradients[^1].Floats + start;
        private readonly float* _first = slot.States.Length > 0 ? slot.States[0].Floats + start : null;
        private readonly float* _second = slot.States.Length > 1 ? slot.States[1].Floats + start : null;
        private readonly float* _average = slot.Average is { } average ? average.Floats + start : null;
        private readonly float _decay = (float)optimizer.EmaDecay;
        private readonly float _rest = (float)(1 - optimizer.EmaDecay);
        private float[] _scalars = [];
        private float _scale;
        private float* _gradient;

        public double SumOfSquares(int current) =>
            TensorPrimitives.SumOfSquares(new ReadOnlySpan<float>(Gradient(current), length));

        public void Update(Optimizer optimizer, float[] scalars, float scale, int current)
        {
            (_scalars, _scale) = (scalars, scale);
            _gradient = Gradient(current);
            optimizer.Accept(slot.Group, this);
        }

        public void Visit<TRule>(TRule rule) where TRule : struct, IUpdateRule
        {
            Span<Lanes> scalars = stackalloc Lanes[_scalars.Length];
            for (var i = 0; i < scalars.Length; i++)
                scalars[i] = new Lanes(new Vector<float>(_scalars[i]));
            var whole = length - length % Vector<float>.Count;
            for (var i = 0; i < whole; i += Vector<float>.Count)
                Advance(rule, scalars, _parameter + i, _gradient + i, At(_first, i), At(_second, i), At(_average, i));
            if (whole == length)
                return;
            // What does not fill a register goes through some on the stack.
            var count = length - whole;
            var rest = stackalloc float[5 * Vector<float>.Count];
            float* Rest(int part, float* from)
            {
                if (from == null)
                    return null;
                var at = rest + part * Vector<float>.Count;
                new ReadOnlySpan<float>(from + whole, count).CopyTo(new Span<float>(at, count));
                return at;
            }

            Advance(rule, scalars, Rest(0, _parameter), Rest(1, _gradient), Rest(2, _first), Rest(3, _second),
                Rest(4, _average));
            void Back(int part, float* to)
            {
                if (to != null)
                    new ReadOnlySpan<float>(rest + part * Vector<float>.Count, count).CopyTo(
                        new Span<float>(to + whole, count));
            }

            Back(0, _parameter);
            Back(2, _first);
            Back(3, _second);
            Back(4, _average);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Advance<TRule>(
            TRule rule, ReadOnlySpan<Lanes> scalars, float* parameter, float* gradient, float* first, float* second,
            float* average)
            where TRule : struct, IUpdateRule
        {
            var slope = Load(gradient);
            if (_scale != 1)
                slope *= _scale;
            var (next, one, two) = rule.Next(Load(parameter), slope, Load(first), Load(second), scalars);
            Store(parameter, next);
            Store(first, one);
            Store(second, two);
            if (average != null)
                Store(average, Load(average) * _decay + next * _rest);
        }

        private float* Gradient(int current) => current == 0 ? _even : _odd;

        private static float* At(float* start, int i) => start == null ? null : start + i;

        private static Lanes Load(float* at) => at == null ? default : new Lanes(Vector.Load(at));

        private static void Store(float* at, Lanes value)
        {
            if (at != null)
                Vector.Store(value.Values, at);
        }
    }
}
