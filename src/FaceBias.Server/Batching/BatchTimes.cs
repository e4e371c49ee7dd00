namespace FaceBias.Server.Batching;

/// <summary>How long batches take, learnt from those that ran: duration = a n + b by least squares over the last
/// batches (as BentoML's dispatcher has it). From that follow the rows that a batch should have, and whether waiting
/// for more pays.</summary>
internal sealed class BatchTimes
{
    private const int Remembered = 64;

    /// <summary>A batch is large enough when its fixed cost is at most this part of it.</summary>
    private const double FixedPart = 0.05;

    /// <summary>Seconds over which the rate of arrivals is averaged.</summary>
    private const double RateSeconds = 1;

    private readonly Queue<(int Rows, double Seconds)> _batches = new();
    private readonly int _mostRows;
    private double _arrivals;
    private double _lastArrival;

    /// <summary>Knows nothing yet.</summary>
    public BatchTimes(int mostRows) => Enough = _mostRows = mostRows;

    /// <summary>Seconds that each further row takes.</summary>
    public double PerRow { get; private set; }

    /// <summary>Seconds that a batch takes beside its rows.</summary>
    public double PerBatch { get; private set; }

    /// <summary>Rows of a batch at which waiting for more gains little: the smallest n with b at most 5% of a n +
    /// b.</summary>
    public int Enough { get; private set; }

    /// <summary>Notes a batch that ran.</summary>
    public void Ran(int rows, double seconds)
    {
        _batches.Enqueue((rows, seconds));
        if (_batches.Count > Remembered)
            _batches.Dequeue();
        double meanRows = _batches.Average(b => b.Rows), meanSeconds = _batches.Average(b => b.Seconds);
        var spread = _batches.Sum(b => (b.Rows - meanRows) * (b.Rows - meanRows));
        // Batches of one size tell nothing about the fixed cost.
        PerRow = spread > 0 ? Math.Max(0, _batches.Sum(b => (b.Rows - meanRows) * (b.Seconds - meanSeconds)) / spread)
            : meanSeconds / meanRows;
        PerBatch = Math.Max(0, meanSeconds - PerRow * meanRows);
        if (PerBatch == 0)
            PerRow = meanSeconds / meanRows;
        var enough = PerRow > 0 ? Math.Ceiling(PerBatch / PerRow * (1 - FixedPart) / FixedPart) : _mostRows;
        Enough = _batches.Count < 4 || spread == 0 ? _mostRows : (int)Math.Clamp(enough, 1, _mostRows);
    }

    /// <summary>Notes a row that arrived.</summary>
    public void Arrived(double now)
    {
        _arrivals = Rate(now) * RateSeconds + 1;
        _lastArrival = now;
    }

    /// <summary>Rows that arrive in a second, lately.</summary>
    public double Rate(double now) => _arrivals * Math.Exp(-(now - _lastArrival) / RateSeconds) / RateSeconds;

    /// <summary>Seconds to wait for one more row: the time to the next arrival, where what all rows lose by it is less
    /// than the fixed cost that the next row is spared; else 0.</summary>
    public double Wait(int rows, double now)
    {
        var next = 1 / Math.Max(Rate(now), 1e-9);
        return rows < Enough && rows * next < PerBatch ? next : 0;
    }
}
