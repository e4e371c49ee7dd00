namespace FaceBias.Workflows.Train;

/// <summary>Everything that is wrong with what a user gave, said at once.</summary>
internal sealed class ProblemList
{
    private readonly List<string> _problems = [];

    public void Add(string sentence)
    {
        if (!_problems.Contains(sentence))
            _problems.Add(sentence);
    }

    /// <summary>Runs a check that throws; what it says joins the list.</summary>
    /// <returns>Whether nothing was wrong.</returns>
    public bool Try(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (FaceBiasException e)
        {
            foreach (var sentence in Mistakes.Sentences(e))
                Add(sentence);
            return false;
        }
    }

    /// <summary>Throws what is wrong, if anything is: one sentence, or a list.</summary>
    /// <param name="before">What the mistakes are found before: "training".</param>
    public void Throw(string before)
    {
        if (_problems.Count == 1)
            throw new FaceBiasException(_problems[0]);
        if (_problems.Count > 1)
            throw new FaceBiasException(
                $"{_problems.Count} things must be put right before "
                    + $"{before}:\n{string.Join("\n", _problems.Select(p => $"- {p}"))}");
    }
}
