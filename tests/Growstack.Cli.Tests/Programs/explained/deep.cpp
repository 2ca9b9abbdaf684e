// Recurses through two member functions of a template, in a namespace.
#include <iostream>
#include <string>

namespace json {
struct Value {};

template <class T>
struct Reader {
    __attribute__((noinline)) int array(const std::string &text, int depth)
    {
        volatile char word[100];
        word[depth & 63] = 1;
        return object(text, depth + 1) + word[1];
    }

    __attribute__((noinline)) int object(const std::string &text, int depth)
    {
        return depth < 0 ? 0 : array(text, depth + 1) + 1;
    }
};
}

int main()
{
    json::Reader<json::Value> reader;
    std::cout << reader.array("[]", 1) << "\n";
}
