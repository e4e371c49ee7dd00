namespace FaceBias.Onnx.Import;

/// <summary>Makes what a value of a source graph is made from, then the value.</summary>
internal static class GraphWalk
{
    /// <summary>Fills <paramref name="values"/> until it has <paramref name="wanted"/>. Without recursion, since a file
    /// may chain any number of nodes.</summary>
    /// <param name="make">Makes a value whose inputs are there.</param>
    /// <param name="cycle">The refusal of a value that is made from itself.</param>
    public static GraphValue Make<T>(
        T wanted, Dictionary<T, GraphValue> values, Func<T, IReadOnlyList<T>> inputs, Func<T, GraphValue> make,
        Func<T, FaceBiasException> cycle)
        where T : notnull
    {
        var stack = new Stack<T>([wanted]);
        var open = new HashSet<T>();
        while (stack.TryPeek(out var value))
        {
            if (values.ContainsKey(value))
            {
                stack.Pop();
                continue;
            }
            var missing = inputs(value).Where(i => !values.ContainsKey(i)).ToList();
            if (missing.Count == 0)
            {
                values[value] = make(value);
                stack.Pop();
            }
            else if (!open.Add(value))
                throw cycle(value);
            else
                missing.ForEach(stack.Push);
        }
        return values[wanted];
    }
}
