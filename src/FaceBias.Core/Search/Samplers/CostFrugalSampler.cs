using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Search.Samplers;

/// <summary>Randomised direct search from the cheapest configuration, so that cost grows only as far as it pays: CFO
/// (Wu, Wang and Huang 2021, "Frugal optimization for cost-related hyperparameters"). From the best point a step goes
/// in a random direction, then in the opposite one; whichever is better is moved to. After enough steps in vain they
/// become shorter, and when they are too short the search begins again elsewhere.</summary>
/// <remarks>The search is replayed from the history for each proposal. A trial whose result is not known yet counts as
/// a step in vain until it is.</remarks>
internal sealed class CostFrugalSampler : ISampler
{
    /// <summary>First step per square root of the number of parameters, as a share of the range.</summary>
    private const double FirstStep = 0.2;

    /// <summary>Step, per square root of the number of parameters, below which the search begins again.</summary>
    private const double ShortestStep = 0.01;

    public Configuration? Next(SamplerContext context)
    {
        var search = new Search(context);
        var lookahead = context.Pending.Count + 1;
        for (var i = 0; i < context.Number; i++)
        {
            search.Learn(i - lookahead);
            search.Choose(i);
        }
        search.Learn(context.Number - lookahead);
        search.Choose(context.Number);
        return search.Propose(context.Number);
    }

    private sealed class Search(SamplerContext context)
    {
        private readonly Dictionary<int, Trial> _seen = context.Seen.ToDictionary(t => t.Number);
        private Trial? _best;
        private double _step = FirstStep;
        private int _inVain, _sinceStart, _atBest, _restarts, _begin = -1;
        private bool _opposite;

        /// <summary>Whether trial i is the opposite of the one before it.</summary>
        public void Choose(int i) => _opposite = !_opposite && _best is not null && i > 0 && i != _begin;

        /// <summary>Takes in the result of a trial.</summary>
        public void Learn(int number)
        {
            if (number < 0 || number < _begin)
                return;
            _sinceStart++;
            if (_seen.TryGetValue(number, out var trial) && Loss(trial) < Loss(_best))
            {
                _best = trial;
                (_inVain, _atBest, _opposite) = (0, _sinceStart, true);
                return;
            }
            // 2^(d-1) steps in vain, as in the paper, d being the parameters that mean something; never so many that a
            // sweep ends first.
            if (_best is null || ++_inVain < Math.Pow(2, Math.Min(Dimension(_best.Configuration) - 1, 4)))
                return;
            _inVain = 0;
            _step *= Math.Sqrt((double)Math.Max(1, _atBest) / _sinceStart);
            if (_step >= ShortestStep)
                return;
            // The next start is random; what runs when it begins still belongs to the old search.
            (_best, _step, _sinceStart, _atBest, _restarts, _begin) =
                (null, FirstStep, 0, 0, _restarts + 1, number + context.Pending.Count + 1);
        }

        /// <summary>The configuration of a trial.</summary>
        public Configuration Propose(int number)
        {
            if (_best is null)
                return _restarts == 0 && number == 0 && context.Attempt == 0 ? context.Space.Cheapest
                    : new RandomSampler().Next(context)!;
            // A direction belongs to a pair of trials, so that the second finds that of the first.
            var random = new RandomSource(context.Seed).Stream($"cfo {context.Attempt}",
                _opposite ? number - 1 : number);
            var direction = new double[context.Space.Count];
            var jumps = new double[direction.Length];
            var length = 0.0;
            for (var i = 0; i < direction.Length; i++)
            {
                direction[i] = random.NextNormal();
                jumps[i] = random.NextDouble();
                length += direction[i] * direction[i];
            }
            var from = _best.Configuration.Positions();
            var rate = 1.0 / Dimension(_best.Configuration);
            var scale = (_opposite ? -1 : 1) * _step * Math.Sqrt(direction.Length) / Math.Sqrt(length);
            for (var i = 0; i < from.Length; i++)
            {
                var parameter = context.Space.Parameters[i];
                if (double.IsNaN(from[i]))
                    from[i] = jumps[i];
                else if (parameter is NumberParameter)
                    from[i] = Reflect(from[i] + scale * direction[i]);
                else if (!_opposite && jumps[i] < rate && parameter is ChoiceParameter { Choices.Count: > 1 } choice)
                    // A choice has no direction: it jumps to another, about one in a step.
                    from[i] = choice.PositionOf(
                        ((int)_best.Configuration.Values[i] + 1
                            + (int)(jumps[i] / rate * (choice.Choices.Count - 1))) % choice.Choices.Count);
            }
            return context.Space.FromPositions(from);
        }

        private static int Dimension(Configuration c) => Math.Max(1, Enumerable.Range(0, c.Space.Count)
            .Count(i => !double.IsNaN(c.Values[i])
                && c.Space.Parameters[i] is not ChoiceParameter { Choices.Count: 1 }));

        private static double Reflect(double x) => x < 0 ? Math.Min(1, -x) : x > 1 ? Math.Max(0, 2 - x) : x;

        private static double Loss(Trial? trial) => trial switch
        {
            { State: TrialState.Complete, Result: { } r } => r.Violation > 0 ? 1e9 * (1 + r.Violation) : r.Losses[0],
            _ => double.PositiveInfinity,
        };
    }
}
