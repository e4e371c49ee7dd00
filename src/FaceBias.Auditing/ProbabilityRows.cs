namespace FaceBias.Auditing;

/// <summary>What the probabilities of a row's classes sum to, as far as their printed digits tell.</summary>
internal static class ProbabilityRows
{
    /// <summary>Allows for a few lost digits.</summary>
    private const double Least = 0.01;
    private const int MostDigits = 4;

    /// <summary>How far a sum may lie from 1: half of the last printed digit of each class.</summary>
    /// <param name="p">[class][row]</param>
    public static double Tolerance(double[][] p)
    {
        for (var digits = 1; digits <= MostDigits; digits++)
        {
            var unit = Math.Pow(10, -digits);
            if (Array.TrueForAll(p, c => Array.TrueForAll(c,
                v => double.IsNaN(v) || Math.Abs((v / unit) - Math.Round(v / unit)) < 1e-6)))
                return Math.Min(0.2, Math.Max(Least, p.Length * unit / 2));
        }
        return Least;
    }

    /// <summary>What every row sums to: 1, 100 of per cent, 255 or 256 of bytes; null of anything else.</summary>
    public static double? Whole(double[][] p)
    {
        double? whole = null;
        for (var row = 0; row < p[0].Length; row++)
        {
            double sum = 0;
            foreach (var column in p)
            {
                if (column[row] < 0)
                    return null;
                sum += column[row];
            }
            if (double.IsNaN(sum))
                continue;
            if (whole is not { } known)
                whole = Near(sum, p.Length);
            else if (Math.Abs(sum - known) > Math.Max(Least * known, p.Length / 2.0 * (known > 1 ? 1 : 0)))
                return null;
            if (whole is null)
                return null;
        }
        return whole;
    }

    private static double? Near(double sum, int classes)
    {
        foreach (var whole in new[] { 1.0, 100, 255, 256 })
        {
            if (Math.Abs(sum - whole) <= Math.Max(Least * whole, whole > 1 ? classes / 2.0 : 0))
                return whole;
        }
        return null;
    }
}
