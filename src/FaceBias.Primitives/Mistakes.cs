namespace FaceBias;

/// <summary>Gathers what is wrong with an input, so that all of it is said at once, before any work.</summary>
internal sealed class Mistakes
{
    private readonly List<string> _sentences = [];

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => _sentences.Count > 0;

    /// <summary>Takes a sentence.</summary>
    public void Add(string sentence)
    {
        if (!_sentences.Contains(sentence))
            _sentences.Add(sentence);
    }

    /// <summary>What a step gives, or nothing where it is wrong.</summary>
    public T? Try<T>(Func<T> step)
        where T : class?
    {
        try
        {
            return step();
        }
        catch (FaceBiasException e)
        {
            foreach (var sentence in Sentences(e))
                Add(sentence);
            return null;
        }
    }

    /// <summary>Ends where anything is wrong.</summary>
    /// <exception cref="FaceBiasException">The sentence, or the list of them.</exception>
    public void Throw()
    {
        if (_sentences.Count == 1)
            throw new FaceBiasException(_sentences[0]);
        if (_sentences.Count > 1)
            throw new MistakesException(_sentences);
    }

    /// <summary>What an exception says: one sentence, or all that were gathered.</summary>
    public static IReadOnlyList<string> Sentences(FaceBiasException e) =>
        e is MistakesException several ? several.Sentences : [e.Text];

    private sealed class MistakesException(IReadOnlyList<string> sentences)
        : FaceBiasException($"{sentences.Count} mistakes:{string.Concat(sentences.Select(s => $"\n- {s}"))}")
    {
        public IReadOnlyList<string> Sentences { get; } = [.. sentences];
    }
}
