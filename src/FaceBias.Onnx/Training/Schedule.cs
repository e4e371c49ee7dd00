namespace FaceBias.Onnx.Training;

/// <summary>A learning rate for every step, counted from 0. Schedules hold no state, so a resumed run needs only its
/// step.</summary>
internal sealed class Schedule
{
    private readonly Func<long, double> _rate;

    /// <summary>A schedule from any function of the step.</summary>
    public Schedule(Func<long, double> rate) => _rate = rate;

    /// <summary>The learning rate of a step.</summary>
    public double this[long step] => _rate(step);

    /// <summary>Always the same.</summary>
    public static Schedule Constant(double rate) => new(_ => rate);

    /// <summary>Half a cosine from <paramref name="rate"/> at step 0 to <paramref name="final"/> at the last of
    /// <paramref name="steps"/> (Loshchilov and Hutter 2017).</summary>
    public static Schedule Cosine(double rate, long steps, double final = 0) =>
        new(step => final + (rate - final) * 0.5 * (1 + Math.Cos(Math.PI * Share(step, steps))));

    /// <summary>Up from rate/25 to the rate over the first share of steps, then down to almost nothing, both along a
    /// cosine (Smith and Topin 2018; the defaults of torch.optim.lr_scheduler.OneCycleLR).</summary>
    public static Schedule OneCycle(double rate, long steps, double riseShare = 0.3)
    {
        var (first, last) = (rate / 25, rate / 25 / 1e4);
        var rise = riseShare * steps - 1;
        return new(step => step <= rise
            ? Between(first, rate, rise > 0 ? step / rise : 1)
            : Between(rate, last, Math.Min(1, (step - rise) / (steps - 1 - rise))));
    }

    /// <summary>The same schedule after a linear rise over the first steps.</summary>
    public Schedule WarmUp(long steps) =>
        new(step => step < steps ? _rate(0) * (step + 1) / (steps + 1) : _rate(step - steps));

    private static double Share(long step, long steps) => steps <= 1 ? 1 : Math.Min(1, (double)step / (steps - 1));

    private static double Between(double from, double to, double share) =>
        to + (from - to) * 0.5 * (1 + Math.Cos(Math.PI * share));
}
